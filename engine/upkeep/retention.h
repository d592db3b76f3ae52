// Retention: what is too old leaves the disk.
#pragma once

#include "engine/base/status.h"
#include "engine/upkeep/live_engine.h"
#include "engine/upkeep/series_sweep.h"

namespace silverback {

/// Not safe for concurrent use; no merge may run meanwhile.
class Retention {
 public:
  /// Both must outlive it.
  Retention(LiveEngine* engine, SeriesSweep* sweep) : engine_(engine), sweep_(sweep) {}

  /// Drops the parts whose newest sample is past retention, days of activity and exemplars before it, and the series that
  /// have no sample left (when, says `SeriesSweep`).
  Status DropExpired();

 private:
  Status DropParts(const EngineState& state, TimestampMs cutoff_ms);
  /// Looks at every series that has exemplars: each time that the cutoff has moved by a tenth of what they are kept for, or
  /// by a day.
  Status DropRows(TimestampMs cutoff_ms);

  LiveEngine* const engine_;
  SeriesSweep* const sweep_;
  TimestampMs next_rows_ms_ = kMinTimestampMs;  // the cutoff at which rows are dropped next
};

}  // namespace silverback

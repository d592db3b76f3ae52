// Retention: what is too old leaves the disk.
#pragma once

#include <limits>
#include <span>

#include "engine/base/status.h"
#include "engine/store/calendar.h"
#include "engine/store/series_bitmap.h"
#include "engine/upkeep/live_engine.h"

namespace silverback {

/// Not safe for concurrent use; no merge may run meanwhile.
class Retention {
 public:
  explicit Retention(LiveEngine* engine) : engine_(engine) {}

  /// Drops the parts whose newest sample is past retention; and once for each day that the cutoff
  /// passes, the activity before it and the series that have no sample after it.
  Status DropExpired();

  /// Removes series that have no sample in the parts of `state`; those that the head has by now stay. False if a seal came in
  /// between: nothing more was removed, try again.
  StatusOr<bool> Forget(const EngineStateRef& state, std::span<const SeriesId> ids);

 private:
  Status DropParts(const EngineState& state, TimestampMs cutoff_ms);
  /// False if a seal came in between: try again.
  StatusOr<bool> DropSeries(const EngineStateRef& state, TimestampMs cutoff_ms);
  StatusOr<SeriesBitmap> AllSeries() const;
  /// The series that have samples in parts on that day or later.
  StatusOr<SeriesBitmap> ActiveSince(Day day) const;

  LiveEngine* const engine_;
  Day swept_ = std::numeric_limits<Day>::min();  // series were dropped up to this day
};

}  // namespace silverback

// What is varied, and what is measured meanwhile. Each experiment starts servers of its own and adds to the curves.
#pragma once

#include <cstdint>
#include <string>

#include "bench/compare/contender.h"
#include "bench/scaling/curve.h"
#include "engine/base/status.h"
#include "engine/base/types.h"

namespace silverback {

struct ScalingOptions {
  std::string directory;           // data directories are made here
  int64_t days = 184;              // the longest range
  uint32_t most_series = 100'000;  // the most series of a live stream
  int repeats = 3;                 // runs of each question that count
  TimestampMs end_ms = 0;          // of all data
};

/// The server that is measured.
struct Subject {
  ContenderKind kind;
  std::string binary;
};

/// Six months of the fleet: panels by range and by number of steps, and all panels on one core and on two.
Status MeasureFleetScaling(const ScalingOptions& options, const Subject& subject, Curves* curves);

/// Live streams of a thousand series and ten times as many again and again: ingestion, memory, wide panels, look-ups,
/// the restart after a kill; and, over the largest, selections by matchers.
Status MeasureSeriesScaling(const ScalingOptions& options, const Subject& subject, Curves* curves);

/// A tenth of 2,000 series replaced every day for ever longer: what a look-up of the last hour costs.
Status MeasureChurnScaling(const ScalingOptions& options, const Subject& subject, Curves* curves);

}  // namespace silverback

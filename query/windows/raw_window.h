// The raw samples of one window: what an instant query over a range selector (`up[5m]`) answers.
#pragma once

#include <vector>

#include "engine/base/types.h"
#include "query/functions/range_kernel.h"
#include "query/model/query_result.h"

namespace silverback {

struct SeriesRuns;

/// The float samples of `series` in (start, end], stale markers left out. For anchored and smoothed
/// borders the values at both borders are added as upstream does it, from samples within
/// `lookback_ms` of them.
std::vector<Sample> CollectWindow(const SeriesRuns& series, TimestampMs start_ms,
                                  TimestampMs end_ms, WindowBorders borders = WindowBorders::kPlain,
                                  int64_t lookback_ms = 0);

/// The native histograms of `series` in (start, end].
std::vector<HistogramPoint> CollectHistograms(const SeriesRuns& series, TimestampMs start_ms,
                                              TimestampMs end_ms);

}  // namespace silverback

// Where a series is cut into blocks.
#pragma once

#include <cstddef>
#include <span>

#include "engine/base/types.h"
#include "engine/block/time_column.h"
#include "engine/histogram/native_histogram.h"

namespace silverback {

/// Cuts at fixed instants, chosen by the series' interval such that nearly full blocks lie between
/// them: series of one target are cut at the same places and share their timelines, whenever each
/// of them started.
class BlockCutter {
 public:
  /// `times`: the first rows of the series. REQUIRES: not empty.
  explicit BlockCutter(const TimesView& times);

  /// How many of `times` (ascending, not empty) the next block takes. 0: cannot be said before more
  /// rows or the end of the series are known; never when `complete`.
  size_t NextBlock(std::span<const TimestampMs> times, bool complete) const;

  /// Whether a block of `rows` rows from `first_ms` to `last_ms` is just what `NextBlock` would cut,
  /// given that `next_ms`, if not null, is the row that follows.
  bool IsWhole(size_t rows, TimestampMs first_ms, TimestampMs last_ms,
               const TimestampMs* next_ms) const;

 private:
  /// The instants' number before or at `t`.
  int64_t SlotOf(TimestampMs t) const;

  TimestampMs slot_ms_;
};

/// How many of `rows` histograms one block takes: the first of them that hold no more than
/// kMaxHistogramBlockCounts counts, at least one.
size_t RowsWithinCounts(std::span<const NativeHistogram> histograms, size_t rows);

}  // namespace silverback

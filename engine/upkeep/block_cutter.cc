#include "engine/upkeep/block_cutter.h"

#include <algorithm>
#include <vector>

#include "engine/base/check.h"
#include "engine/block/block.h"
#include "engine/block/histogram_block.h"

namespace silverback {
namespace {

/// Rows between two cuts of a perfectly regular series: a little room for jitter and extra samples.
constexpr int64_t kSlotRows = 8000;
/// Intervals looked at; the middle one counts.
constexpr size_t kIntervalsMax = 64;
constexpr TimestampMs kLongestInterval = TimestampMs{31} * 24 * 3600 * 1000;

TimestampMs MiddleInterval(const TimesView& times) {
  if (times.size() < 2) return 1000;
  std::vector<uint64_t> intervals;
  for (size_t i = 1; i < times.size() && intervals.size() < kIntervalsMax; ++i) {
    intervals.push_back(static_cast<uint64_t>(times[i]) - static_cast<uint64_t>(times[i - 1]));
  }
  const auto middle = intervals.begin() + static_cast<ptrdiff_t>(intervals.size() / 2);
  std::nth_element(intervals.begin(), middle, intervals.end());
  return static_cast<TimestampMs>(std::min<uint64_t>(*middle, kLongestInterval));
}

/// To two significant digits, so that jitter does not show.
TimestampMs Round(TimestampMs interval) {
  TimestampMs unit = 1;
  while (interval / unit >= 100) unit *= 10;
  return std::max<TimestampMs>((interval + unit / 2) / unit * unit, 1);
}

}  // namespace

BlockCutter::BlockCutter(const TimesView& times)
    : slot_ms_(Round(MiddleInterval(times)) * kSlotRows) {
  SB_DCHECK(!times.empty());
}

int64_t BlockCutter::SlotOf(TimestampMs t) const {
  return t >= 0 ? t / slot_ms_ : -1 - (-1 - t) / slot_ms_;
}

size_t BlockCutter::NextBlock(std::span<const TimestampMs> times, bool complete) const {
  SB_DCHECK(!times.empty());
  const size_t limit = std::min<size_t>(times.size(), kMaxBlockSamples);
  const int64_t slot = SlotOf(times.front());
  if (SlotOf(times[limit - 1]) == slot) {
    return limit == kMaxBlockSamples || complete ? limit : 0;
  }
  const auto end =
      std::partition_point(times.begin(), times.begin() + static_cast<ptrdiff_t>(limit),
                           [&](TimestampMs t) { return SlotOf(t) == slot; });
  return static_cast<size_t>(end - times.begin());
}

bool BlockCutter::IsWhole(size_t rows, TimestampMs first_ms, TimestampMs last_ms,
                          const TimestampMs* next_ms) const {
  if (SlotOf(first_ms) != SlotOf(last_ms)) return false;
  return rows == kMaxBlockSamples || next_ms == nullptr || SlotOf(*next_ms) != SlotOf(last_ms);
}

size_t RowsWithinCounts(std::span<const NativeHistogram> histograms, size_t rows) {
  size_t counts = 0;
  for (size_t row = 0; row < rows; ++row) {
    counts += CountsOf(histograms[row]);
    if (counts > kMaxHistogramBlockCounts) return std::max<size_t>(row, 1);
  }
  return rows;
}

}  // namespace silverback

#include "query/windows/step_rows.h"

#include <algorithm>

namespace silverback {
namespace {

/// The number of `times` up to `t`, searched for outwards from `guess` in doubling steps. Cheap where the guess is near.
size_t UpperBoundNear(std::span<const TimestampMs> times, size_t guess, TimestampMs t) {
  const size_t size = times.size();
  size_t low = 0;      // times[low - 1] <= t
  size_t high = size;  // times[high] > t
  guess = std::min(guess, size);
  if (guess < size && times[guess] <= t) {
    low = guess + 1;
    for (size_t leap = 1; low + leap < size; leap *= 2) {
      if (times[low + leap] > t) {
        high = low + leap;
        break;
      }
      low += leap + 1;
    }
  } else {
    high = guess;
    for (size_t leap = 1; leap < high; leap *= 2) {
      if (times[high - leap] <= t) {
        low = high - leap + 1;
        break;
      }
      high -= leap;
    }
  }
  const auto begin = times.begin();
  return static_cast<size_t>(std::upper_bound(begin + static_cast<ptrdiff_t>(low),
                                              begin + static_cast<ptrdiff_t>(high), t) -
                             begin);
}

}  // namespace

TimestampMs SaturatingSubtract(TimestampMs a, int64_t b) {
  TimestampMs result = 0;
  if (!__builtin_sub_overflow(a, b, &result)) return result;
  return b > 0 ? kMinTimestampMs : kMaxTimestampMs;
}

TimestampMs SaturatingAdd(TimestampMs a, int64_t b) {
  TimestampMs result = 0;
  if (!__builtin_add_overflow(a, b, &result)) return result;
  return b > 0 ? kMaxTimestampMs : kMinTimestampMs;
}

void StepBoundaries::Locate(const SeriesRows& rows) {
  boundaries_.resize(instants_.count());
  const auto runs = rows.runs();
  size_t r = 0;
  size_t previous = 0;
  for (size_t i = 0; i < boundaries_.size(); ++i) {
    const TimestampMs t = SaturatingAdd(instants_.At(i), shift_ms_);
    while (r < runs.size() && (runs[r].size() == 0 || runs[r].times().back() <= t)) ++r;
    if (r == runs.size()) {
      boundaries_[i] = rows.size();
      continue;
    }
    const auto times = runs[r].times();
    const size_t first = rows.firsts()[r];
    const size_t kept = boundaries_[i];
    size_t row = kept > first ? kept - first : 0;
    if (row >= times.size() || times[row] <= t || (row > 0 && times[row - 1] > t)) {
      row = UpperBoundNear(times, previous > first ? previous - first : 0, t);
    }
    boundaries_[i] = previous = first + row;
  }
}

}  // namespace silverback

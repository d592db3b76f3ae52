#include "query/windows/step_rows.h"

#include <algorithm>
#include <ranges>

namespace silverback {
namespace {

/// Comparing so many times costs less than checking an instant's boundary.
constexpr size_t kKeptRowsPerInstant = 16;

/// The number of `times` up to `t`, searched for outwards from `guess` in doubling steps. Cheap where the guess is near.
size_t UpperBoundNear(const TimesView& times, size_t guess, TimestampMs t) {
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

bool KeptTimes::AreThoseOf(const SeriesRows& rows, size_t instants) {
  const auto runs = rows.runs();
  if (!runs_.empty() &&
      std::equal(runs.begin(), runs.end(), runs_.begin(), runs_.end(),
                 [](const Run& run, const TimesView& kept) { return run.times().IsLike(kept); })) {
    return true;
  }
  runs_.clear();
  if (rows.size() > kKeptRowsPerInstant * instants) return false;
  const auto words = [](const Run& run) {
    return (run.times().row_bytes() + sizeof(rows_[0]) - 1) / sizeof(rows_[0]);
  };
  size_t size = 0;
  for (const Run& run : runs) size += words(run);
  rows_.resize(size);
  size_t at = 0;
  for (const Run& run : runs) {
    runs_.push_back(run.times().CopyRowsTo(rows_.data() + at));
    at += words(run);
  }
  return false;
}

void StepBoundaries::Locate(const SeriesRows& rows) {
  const size_t count = instants_.count();
  boundaries_.resize(count);
  const auto runs = rows.runs();
  const auto time_of = [&](size_t i) { return SaturatingAdd(instants_.At(i), shift_ms_); };
  const auto first_not_before = [&](size_t from, TimestampMs t) {
    const auto instants = std::views::iota(from, count);
    return from + static_cast<size_t>(std::ranges::partition_point(
                                          instants, [&](size_t i) { return time_of(i) < t; }) -
                                      instants.begin());
  };
  first_with_rows_ = first_with_all_ = count;
  if (rows.size() > 0) {
    first_with_rows_ = first_not_before(0, rows.first_time());
    first_with_all_ = first_not_before(first_with_rows_, rows.last_time());
  }
  std::fill(boundaries_.begin(), boundaries_.begin() + static_cast<ptrdiff_t>(first_with_rows_), 0);
  std::fill(boundaries_.begin() + static_cast<ptrdiff_t>(first_with_all_), boundaries_.end(),
            rows.size());
  if (first_with_rows_ == first_with_all_) return;
  // As far apart as their number says, no instant between these two has been stopped by an end of time.
  const auto apart = [](TimestampMs from, TimestampMs to) {
    return static_cast<uint64_t>(to) - static_cast<uint64_t>(from);
  };
  TimestampMs t = time_of(first_with_rows_);
  const uint64_t steps = first_with_all_ - 1 - first_with_rows_;
  const bool even =
      apart(t, time_of(first_with_all_ - 1)) == steps * static_cast<uint64_t>(instants_.step_ms());
  size_t previous = 0;
  size_t stride = 0;  // from the boundary before the previous one
  size_t moved = 0;   // from the kept boundary to the previous one; may have wrapped round
  size_t i = first_with_rows_;
  const auto locate_in = [&](const TimesView& times, size_t first, auto time_at) {
    const size_t rows_here = times.size();
    const TimestampMs last = time_at(rows_here - 1);
    const auto holds = [&](size_t row) {
      return row < rows_here && time_at(row) > t && (row == 0 || time_at(row - 1) <= t);
    };
    while (i < first_with_all_ && t < last) {
      size_t row = boundaries_[i] + moved - first;
      if (!holds(row)) {
        row = previous + stride - first;
        if (!holds(row)) row = UpperBoundNear(times, previous > first ? previous - first : 0, t);
        moved = first + row - boundaries_[i];
      }
      stride = first + row - previous;
      boundaries_[i] = previous = first + row;
      ++i;
      t = even ? static_cast<TimestampMs>(static_cast<uint64_t>(t) +
                                          static_cast<uint64_t>(instants_.step_ms()))
               : time_of(std::min(i, count - 1));
    }
  };
  for (size_t r = 0; i < first_with_all_; ++r) {
    const TimesView& times = runs[r].times();
    if (times.empty()) continue;
    times.WithTimeOf([&](auto time_at) { locate_in(times, rows.firsts()[r], time_at); });
  }
}

}  // namespace silverback

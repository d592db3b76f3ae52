// Which rows of a series lie before an instant, for the instants of all steps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "query/model/step_grid.h"
#include "query/windows/series_rows.h"

namespace silverback {

/// a - b and a + b that stop at the ends of time instead of overflowing.
inline TimestampMs SaturatingSubtract(TimestampMs a, int64_t b) {
  TimestampMs result = 0;
  if (!__builtin_sub_overflow(a, b, &result)) return result;
  return b > 0 ? kMinTimestampMs : kMaxTimestampMs;
}
inline TimestampMs SaturatingAdd(TimestampMs a, int64_t b) {
  TimestampMs result = 0;
  if (!__builtin_add_overflow(a, b, &result)) return result;
  return b > 0 ? kMaxTimestampMs : kMinTimestampMs;
}

/// The data times that steps look at: step - offset, or `@` - offset at every step. With `@` there is one instant for
/// all steps.
class StepInstants {
 public:
  StepInstants(const StepGrid& grid, int64_t offset_ms, std::optional<TimestampMs> at_ms)
      : grid_(grid), offset_ms_(offset_ms), at_ms_(at_ms) {}

  size_t count() const { return at_ms_ ? 1 : grid_.steps(); }
  bool fixed() const { return at_ms_.has_value(); }
  /// What lies between two instants, except where they are stopped by the ends of time.
  int64_t step_ms() const { return grid_.step_ms; }
  TimestampMs At(size_t instant) const {
    return SaturatingSubtract(at_ms_ ? *at_ms_ : grid_.At(instant), offset_ms_);
  }

 private:
  StepGrid grid_;
  int64_t offset_ms_;
  std::optional<TimestampMs> at_ms_;
};

/// The times of the series before, if it was short, to tell that the next one's are the same.
class KeptTimes {
 public:
  /// Whether the times of `rows` are those of the last call, which found as much out for `instants` instants. Otherwise they are
  /// kept, unless comparing so many costs more than checking an instant's boundary.
  bool AreThoseOf(const SeriesRows& rows, size_t instants);
  size_t memory_bytes() const {
    return rows_.capacity() * sizeof(rows_[0]) + runs_.capacity() * sizeof(runs_[0]);
  }

 private:
  std::vector<uint64_t> rows_;   // as they are held, a run after the other
  std::vector<TimesView> runs_;  // borrow from `rows_`
};

/// For every instant T + shift the number of rows with times up to it. Kept from series to series: each old boundary, moved by
/// as much as the one before it had to be, is checked against the new series' times (two loads), and only searched for anew where
/// it does not hold. Series of one timeline, or of timelines that are alike, therefore share one search, and no assumption about
/// who shares what can make an answer wrong.
class StepBoundaries {
 public:
  /// `shift_ms` is added to the instants.
  StepBoundaries(const StepInstants& instants, int64_t shift_ms)
      : instants_(instants), shift_ms_(shift_ms) {}

  void Locate(const SeriesRows& rows);
  size_t operator[](size_t instant) const { return boundaries_[instant]; }
  /// The first instant with a row up to it, and the first with all of them: series that come and go are short beside a
  /// panel's range. count() where there is none.
  size_t first_with_rows() const { return first_with_rows_; }
  size_t first_with_all() const { return first_with_all_; }
  size_t memory_bytes() const { return boundaries_.capacity() * sizeof(boundaries_[0]); }

 private:
  StepInstants instants_;
  int64_t shift_ms_;
  std::vector<size_t> boundaries_;
  size_t first_with_rows_ = 0;
  size_t first_with_all_ = 0;
};

}  // namespace silverback

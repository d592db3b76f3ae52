// The rows of a series counted through all of its runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/types.h"
#include "engine/read/series_reader.h"

namespace silverback {

/// Maps rows of the series to runs. Borrows the runs.
class SeriesRows {
 public:
  void Reset(std::span<const Run> runs);

  std::span<const Run> runs() const { return runs_; }
  size_t size() const { return firsts_.back(); }
  /// The series row of the run's first one; `firsts().back()` is `size()`.
  std::span<const size_t> firsts() const { return firsts_; }
  /// Of the first and the last row. REQUIRES: size() > 0.
  TimestampMs first_time() const { return first_time_; }
  TimestampMs last_time() const { return last_time_; }
  /// Whether some run has start timestamps.
  bool has_starts() const { return has_starts_; }
  /// The run that holds `row`. REQUIRES: row < size().
  size_t RunOf(size_t row) const;

 private:
  std::span<const Run> runs_;
  std::vector<size_t> firsts_ = {0};
  TimestampMs first_time_ = 0;
  TimestampMs last_time_ = 0;
  bool has_starts_ = false;
};

/// Reads rows near each other fast: remembers the run of the last one.
class RowCursor {
 public:
  explicit RowCursor(const SeriesRows& rows) : rows_(&rows) {}

  TimestampMs TimeAt(size_t row) {
    Seek(row);
    return rows_->runs()[run_].times()[row - first_];
  }
  double ValueAt(size_t row) {
    Seek(row);
    return rows_->runs()[run_].ValueAt(row - first_);
  }
  TimestampMs StartAt(size_t row) {
    if (!rows_->has_starts()) return kNoStart;
    Seek(row);
    return rows_->runs()[run_].starts().At(row - first_);
  }

 private:
  void Seek(size_t row) {
    if (row >= first_ && row < end_) return;
    run_ = rows_->RunOf(row);
    first_ = rows_->firsts()[run_];
    end_ = rows_->firsts()[run_ + 1];
  }

  const SeriesRows* rows_;
  size_t run_ = 0;
  size_t first_ = 0;
  size_t end_ = 0;
};

/// Rows [begin, end) of a series.
struct RowRange {
  size_t begin = 0;
  size_t end = 0;
  size_t size() const { return end - begin; }
  friend bool operator==(const RowRange&, const RowRange&) = default;
};

/// Calls `fn(run, first_row_of_run, begin, end)` for each run that overlaps `range`; begin and end are rows of the run.
template <typename Fn>
void ForRuns(const SeriesRows& rows, RowRange range, Fn fn) {
  if (range.begin >= range.end) return;
  for (size_t r = rows.RunOf(range.begin); r < rows.runs().size(); ++r) {
    const size_t first = rows.firsts()[r];
    if (first >= range.end) break;
    const size_t end = rows.firsts()[r + 1];
    const size_t from = range.begin > first ? range.begin - first : 0;
    const size_t to = (range.end < end ? range.end : end) - first;
    if (from < to) fn(r, first, from, to);
  }
}

/// The series rows of stale markers within `range`, ascending. Decoded runs are scanned, blocks have them listed.
void CollectStaleRows(const SeriesRows& rows, RowRange range, std::vector<size_t>* stale);

}  // namespace silverback

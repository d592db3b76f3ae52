// The samples of a window that moves forward over a series: each row is decoded at most once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "query/functions/range_kernel.h"
#include "query/windows/series_rows.h"

namespace silverback {

/// Holds the window's samples, without stale markers, side by side. With `count_changes` it also counts, sample by
/// sample, how often the value has changed so far, so that changes() of a window is one subtraction.
class SlidingWindow {
 public:
  explicit SlidingWindow(bool count_changes) : count_changes_(count_changes) {}

  /// Starts at a series. `whole_vectors`: windows meet or overlap, so that every row will be wanted and is decoded ahead
  /// a block vector at a time; otherwise only the rows of windows are.
  void Reset(const SeriesRows* rows, bool whole_vectors);

  /// Moves to rows [begin, end) whose times are in (start, end_time]. REQUIRES: neither end moves back.
  void MoveTo(RowRange range, TimestampMs start, TimestampMs end_time);

  WindowSamples samples() const;
  /// How many samples of the series lay before the window's first one, of those that were decoded. Never falls.
  uint64_t first_number() const { return dropped_ + head_; }
  /// How often the value changes within the window. REQUIRES: `count_changes`, a window that is not empty.
  uint64_t changes() const { return changes_[tail_ - 1] - changes_[head_]; }
  size_t memory_bytes() const;

 private:
  void Append(size_t begin, size_t end);
  void DropPast();
  void CountChanges(size_t from);

  const bool count_changes_;
  const SeriesRows* rows_ = nullptr;
  bool whole_vectors_ = false;
  size_t next_row_ = 0;  // the first row not yet decoded
  // The window is [head_, tail_) of these.
  std::vector<TimestampMs> times_;
  std::vector<double> values_;
  std::vector<TimestampMs> starts_;  // empty unless some are known
  std::vector<uint64_t> changes_;
  size_t head_ = 0;
  size_t tail_ = 0;
  uint64_t dropped_ = 0;  // samples that were held before the ones above
};

/// Decodes the floats among rows `range` into `*times` and `*values`, stale markers left out; their start timestamps into
/// `*starts`, which stays empty if the series' rows have none.
void DecodeRows(const SeriesRows& rows, RowRange range, std::vector<TimestampMs>* times,
                std::vector<double>* values, std::vector<TimestampMs>* starts);

}  // namespace silverback

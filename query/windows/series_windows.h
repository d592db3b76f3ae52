// A series and the windows over it: what every path of the range evaluator reads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "query/functions/range_kernel.h"
#include "query/windows/series_rows.h"
#include "query/windows/step_rows.h"

namespace silverback {

/// One window for each instant (one in all with `@`). The windows move forward: no border of one lies before the same
/// border of the one before.
class SeriesWindows {
 public:
  /// Anchored windows take in `lookback_ms` before their start, smoothed ones also after their end.
  SeriesWindows(const StepInstants& instants, int64_t range_ms, WindowBorders borders,
                int64_t lookback_ms)
      : instants_(instants),
        range_ms_(range_ms),
        borders_(borders),
        before_ms_(SaturatingAdd(range_ms, borders == WindowBorders::kPlain ? 0 : lookback_ms)),
        after_ms_(borders == WindowBorders::kSmoothed ? lookback_ms : 0),
        begins_(instants, SaturatingSubtract(0, before_ms_)),
        ends_(instants, after_ms_) {}

  /// Takes a series: finds the rows of all windows.
  void Reset(std::span<const Run> runs) {
    rows_.Reset(runs);
    if (times_.AreThoseOf(rows_, count())) return;
    begins_.Locate(rows_);
    ends_.Locate(rows_);
    ++timeline_;
  }
  /// Another number whenever the times of the rows, or which of them the windows hold, may be other ones than before.
  uint64_t timeline() const { return timeline_; }

  const SeriesRows& rows() const { return rows_; }
  size_t count() const { return instants_.count(); }
  bool fixed() const { return instants_.fixed(); }
  int64_t range_ms() const { return range_ms_; }
  WindowBorders borders() const { return borders_; }

  /// The rows of a window, stale markers among them.
  RowRange Rows(size_t window) const { return {begins_[window], ends_[window]}; }
  /// Windows [first_window, end_window) are all that may hold rows.
  size_t first_window() const { return ends_.first_with_rows(); }
  size_t end_window() const { return std::max(first_window(), begins_.first_with_all()); }
  /// All rows from the first window's to the last one's.
  RowRange AllRows() const { return {begins_[0], ends_[count() - 1]}; }

  TimestampMs End(size_t window) const { return instants_.At(window); }
  TimestampMs Start(size_t window) const { return SaturatingSubtract(End(window), range_ms_); }
  /// The times between which samples are read: (ReadStart, ReadEnd]. The window's own unless it is anchored or smoothed.
  TimestampMs ReadStart(size_t window) const { return SaturatingSubtract(End(window), before_ms_); }
  TimestampMs ReadEnd(size_t window) const { return SaturatingAdd(End(window), after_ms_); }

  /// For a kernel called on `window`, on behalf of the step at `eval_ms`.
  WindowContext Context(size_t window, TimestampMs eval_ms) const {
    WindowContext context;
    context.start_ms = Start(window);
    context.end_ms = End(window);
    context.eval_ms = eval_ms;
    context.range_ms = range_ms_;
    context.borders = borders_;
    return context;
  }

  size_t memory_bytes() const {
    return times_.memory_bytes() + begins_.memory_bytes() + ends_.memory_bytes();
  }

 private:
  StepInstants instants_;
  int64_t range_ms_;
  WindowBorders borders_;
  int64_t before_ms_;
  int64_t after_ms_;
  SeriesRows rows_;
  KeptTimes times_;
  uint64_t timeline_ = 0;
  StepBoundaries begins_;
  StepBoundaries ends_;
};

}  // namespace silverback

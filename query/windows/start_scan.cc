#include "query/windows/start_scan.h"

#include <algorithm>

#include "query/functions/start_resets.h"

namespace silverback {
namespace {

class Scanner {
 public:
  Scanner(const SeriesRows& rows, std::span<const size_t> stale, StartFindings* out)
      : stale_(stale), out_(out), times_(rows) {}

  /// Rows [begin, end) of one run, all with the same start timestamp.
  void Stretch(size_t begin, size_t end, TimestampMs start_ms, const TimesView& times_of_rows) {
    const size_t first = SampleFrom(begin, end);
    if (first == end) return;
    if (has_last_) Compare(first, start_ms);
    Take(first, start_ms);
    // The same start timestamp for neighbours says something only where they lie on both sides of it.
    const auto behind = std::upper_bound(times_of_rows.begin(), times_of_rows.end(), start_ms);
    const size_t next =
        SampleFrom(begin + static_cast<size_t>(behind - times_of_rows.begin()), end);
    if (next > first && next < end) {
      Take(SampleBefore(next), start_ms);
      Compare(next, start_ms);
    }
    Take(SampleBefore(end), start_ms);
  }

 private:
  struct Sample {
    size_t row = 0;
    TimestampMs time = 0;
    TimestampMs start_ms = kNoStart;
  };

  bool IsStaleRow(size_t row) const {
    return std::binary_search(stale_.begin(), stale_.end(), row);
  }
  /// The first sample at or after `row`; `end` if there is none before it.
  size_t SampleFrom(size_t row, size_t end) const {
    while (row < end && IsStaleRow(row)) ++row;
    return row;
  }
  /// REQUIRES: there is one.
  size_t SampleBefore(size_t row) const {
    do --row;
    while (IsStaleRow(row));
    return row;
  }

  void Take(size_t row, TimestampMs start_ms) {
    last_ = {row, times_.TimeAt(row), start_ms};
    has_last_ = true;
  }

  /// Compares a sample with `last_`.
  void Compare(size_t row, TimestampMs start_ms) {
    if (IsStartReset(last_.start_ms, last_.time, start_ms, times_.TimeAt(row))) {
      out_->resets.push_back({row, last_.row});
    }
    if (IsStartOverlap(last_.start_ms, last_.time, start_ms)) out_->overlaps.push_back(row);
  }

  std::span<const size_t> stale_;
  StartFindings* out_;
  RowCursor times_;
  Sample last_;
  bool has_last_ = false;
};

}  // namespace

void ScanStarts(const SeriesRows& rows, RowRange range, std::span<const size_t> stale,
                StartFindings* out) {
  out->clear();
  Scanner scanner(rows, stale, out);
  ForRuns(rows, range, [&](size_t r, size_t first, size_t from, size_t to) {
    const Run& run = rows.runs()[r];
    run.starts().ForEach(from, to, [&](size_t begin, size_t end, TimestampMs start_ms) {
      scanner.Stretch(first + begin, first + end, start_ms,
                      run.times().subspan(begin, end - begin));
    });
  });
}

}  // namespace silverback

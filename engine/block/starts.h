// Start timestamps of a column of samples: when what a sample counts began, 0 where that is not known. Most series have
// none, and most of the others the same one over thousands of rows; so they are held as runs.
//
// Stored as docs/format/block.md, "Start timestamps", says.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/types.h"
#include "engine/block/time_column.h"

namespace silverback {

/// From `row` up to the row of the next run all samples have this start timestamp.
struct StartRun {
  size_t row = 0;
  TimestampMs start_ms = kNoStart;
  friend bool operator==(const StartRun&, const StartRun&) = default;
};

/// The start timestamps of rows that may begin behind the first one of a column. Borrows its runs.
class StartsView {
 public:
  StartsView() = default;
  /// `runs`: ascending by row; rows before the first have none. Row 0 of the view is row `offset` of theirs.
  explicit StartsView(std::span<const StartRun> runs, size_t offset = 0)
      : runs_(runs), offset_(offset) {}

  /// True: no row has one. (False: perhaps still none of those that are looked at.)
  bool empty() const { return runs_.empty(); }
  TimestampMs At(size_t row) const;
  /// The rows from `rows` on.
  StartsView From(size_t rows) const { return StartsView(runs_, offset_ + rows); }

  /// Calls `fn(first, last, start_ms)` for the stretches [first, last) of rows [begin, end) whose neighbours differ.
  template <typename Fn>
  void ForEach(size_t begin, size_t end, Fn fn) const {
    auto next = After(begin);
    while (begin < end) {
      const TimestampMs start_ms = next == runs_.begin() ? kNoStart : std::prev(next)->start_ms;
      const size_t last = next == runs_.end() ? end : std::min(end, next->row - offset_);
      if (begin < last) fn(begin, last, start_ms);
      begin = last;
      if (next != runs_.end()) ++next;
    }
  }

  /// Writes those of rows [begin, end) to `out`.
  void CopyTo(size_t begin, size_t end, TimestampMs* out) const;

 private:
  /// The first run behind `row`.
  std::span<const StartRun>::iterator After(size_t row) const {
    return std::partition_point(runs_.begin(), runs_.end(),
                                [&](const StartRun& run) { return run.row <= offset_ + row; });
  }

  std::span<const StartRun> runs_;
  size_t offset_ = 0;
};

/// A column of start timestamps in the making.
class StartColumn {
 public:
  bool empty() const { return runs_.empty(); }
  StartsView view() const { return StartsView(runs_); }
  std::span<const StartRun> runs() const { return runs_; }
  void clear() { runs_.clear(); }

  /// All rows from `row` on have `start_ms`, until another call says otherwise. REQUIRES: `row` is not before that of the
  /// last call.
  void SetFrom(size_t row, TimestampMs start_ms);
  /// Rows [begin, end) of `other` become the rows from `row` on. REQUIRES: as for `SetFrom`.
  void Append(const StartsView& other, size_t begin, size_t end, size_t row) {
    other.ForEach(begin, end, [&](size_t first, size_t, TimestampMs start_ms) {
      SetFrom(row + first - begin, start_ms);
    });
  }
  /// Takes the first rows away.
  void EraseFront(size_t rows);

  size_t memory_bytes() const { return runs_.capacity() * sizeof(StartRun); }

 private:
  std::vector<StartRun> runs_;
};

/// Appends the encoded start timestamps of a block with rows at `times`; nothing if no row has one. Deterministic.
void PutStarts(std::span<const TimestampMs> times, const StartsView& starts, std::string* out);

/// Reads what `PutStarts` wrote, all of `in`. False if it is malformed; never more runs than `times` has rows. `*out` is
/// replaced.
bool GetStarts(std::string_view in, const TimesView& times, StartColumn* out);

/// What start timestamps of neighbouring rows have in common. Stored on disk: never renumber.
enum class StartMode : uint8_t {
  kNone = 0,       // not known
  kSame = 1,       // one timestamp
  kBeforeRow = 2,  // as long before each row's time
  kAfterLast =
      3,  // as long after the time of the row before: deltas that begin where the last ended
};

/// Reads a stretch as it is stored, for inspection: how many rows, what they have in common, and the number that says
/// which. False if it is malformed.
bool GetStartStretch(std::string_view* in, uint64_t* rows, StartMode* mode, int64_t* value);

}  // namespace silverback

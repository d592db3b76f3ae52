#include "query/windows/dense_instants.h"

#include <algorithm>

#include "engine/base/value.h"

namespace silverback {
namespace {

/// With an instant for every so many rows or fewer, decoding all of them costs less than looking for those that count.
constexpr size_t kRowsPerInstant = 16;

}  // namespace

bool DenseInstants::Serve(const SeriesRows& rows) const {
  return instants_.count() > 1 && rows.size() <= kRowsPerInstant * instants_.count();
}

void DenseInstants::Plan(const SeriesRows& rows, const StepBoundaries& boundaries) {
  const size_t count = instants_.count();
  mask_.Reset(count);
  rows_.clear();
  range_ = {};
  begin_ = end_ = boundaries.first_with_rows();
  if (begin_ == count) return;
  range_.begin = boundaries[begin_] - 1;
  RowCursor cursor(rows);
  for (size_t i = begin_; i < count; ++i) {
    const size_t row = boundaries[i] - 1;
    rows_.push_back(static_cast<uint32_t>(row - range_.begin));
    if (cursor.TimeAt(row) > SaturatingSubtract(instants_.At(i), lookback_ms_)) {
      mask_.Set(i);
      end_ = i + 1;
      range_.end = row + 1;
    } else if (i >= boundaries.first_with_all()) {
      break;  // nor has any later one
    }
  }
}

void DenseInstants::Answer(const SeriesRows& rows, Column* out) {
  if (begin_ == end_) return;
  values_.resize(range_.size());
  ForRuns(rows, range_, [&](size_t r, size_t first, size_t from, size_t to) {
    rows.runs()[r].Values(from, to, values_.data() + (first + from - range_.begin));
  });
  bool any_stale = false;
  for (size_t i = begin_; i < end_; ++i) {
    const double value = values_[rows_[i - begin_]];
    out->floats[i] = value;
    any_stale |= IsStale(value);
  }
  std::copy(mask_.words().begin(), mask_.words().end(), out->present.words().begin());
  if (!any_stale) return;
  for (size_t i = begin_; i < end_; ++i) {
    if (IsStale(out->floats[i])) out->present.Clear(i);
  }
}

void DenseInstants::AnswerPresence(const SeriesRows& rows, Column* out) {
  if (begin_ == end_) return;
  std::fill(out->floats.begin() + static_cast<ptrdiff_t>(begin_),
            out->floats.begin() + static_cast<ptrdiff_t>(end_), 1.0);
  std::copy(mask_.words().begin(), mask_.words().end(), out->present.words().begin());
  CollectStaleRows(rows, range_, &stale_);
  if (stale_.empty()) return;
  for (size_t i = begin_; i < end_; ++i) {
    const size_t row = range_.begin + rows_[i - begin_];
    if (std::binary_search(stale_.begin(), stale_.end(), row)) out->present.Clear(i);
  }
}

}  // namespace silverback

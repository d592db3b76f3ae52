#include "query/windows/sliding_window.h"

#include <algorithm>
#include <cmath>

#include "engine/base/value.h"
#include "engine/block/block.h"

namespace silverback {
namespace {

/// Closes up over stale markers among the samples from `from` on.
void DropStale(size_t from, std::vector<TimestampMs>* times, std::vector<double>* values,
               std::vector<TimestampMs>* starts) {
  const auto first = std::find_if(values->begin() + static_cast<ptrdiff_t>(from), values->end(),
                                  [](double v) { return IsStale(v); });
  if (first == values->end()) return;
  size_t kept = static_cast<size_t>(first - values->begin());
  for (size_t i = kept; i < values->size(); ++i) {
    if (IsStale((*values)[i])) continue;
    (*times)[kept] = (*times)[i];
    (*values)[kept] = (*values)[i];
    if (!starts->empty()) (*starts)[kept] = (*starts)[i];
    ++kept;
  }
  times->resize(kept);
  values->resize(kept);
  if (!starts->empty()) starts->resize(kept);
}

void AppendRows(const SeriesRows& rows, RowRange range, std::vector<TimestampMs>* times,
                std::vector<double>* values, std::vector<TimestampMs>* starts) {
  ForRuns(rows, range, [&](size_t r, size_t, size_t from, size_t to) {
    const Run& run = rows.runs()[r];
    if (run.is_histogram()) return;
    const size_t size = values->size();
    times->resize(size + (to - from));
    run.times().subspan(from, to - from).CopyTo(times->data() + size);
    values->resize(size + (to - from));
    run.Values(from, to, values->data() + size);
    if (rows.has_starts()) {
      starts->resize(values->size());
      run.starts().CopyTo(from, to, starts->data() + size);
    }
    DropStale(size, times, values, starts);
  });
}

template <typename T>
void EraseFront(std::vector<T>* items, size_t count) {
  items->erase(items->begin(), items->begin() + static_cast<ptrdiff_t>(count));
}

}  // namespace

void DecodeRows(const SeriesRows& rows, RowRange range, std::vector<TimestampMs>* times,
                std::vector<double>* values, std::vector<TimestampMs>* starts) {
  times->clear();
  values->clear();
  starts->clear();
  AppendRows(rows, range, times, values, starts);
}

void SlidingWindow::Reset(const SeriesRows* rows, bool whole_vectors) {
  rows_ = rows;
  whole_vectors_ = whole_vectors;
  next_row_ = 0;
  dropped_ = 0;
  times_.clear();
  values_.clear();
  starts_.clear();
  changes_.clear();
  head_ = tail_ = 0;
}

void SlidingWindow::MoveTo(RowRange range, TimestampMs start, TimestampMs end_time) {
  if (next_row_ < range.begin) {
    // Nothing that is held belongs to the window; rows between are skipped.
    dropped_ += times_.size();
    times_.clear();
    values_.clear();
    starts_.clear();
    changes_.clear();
    head_ = tail_ = 0;
    next_row_ = range.begin;
  }
  if (next_row_ < range.end) Append(next_row_, range.end);
  while (head_ < times_.size() && times_[head_] <= start) ++head_;
  tail_ = std::max(tail_, head_);
  while (tail_ < times_.size() && times_[tail_] <= end_time) ++tail_;
}

WindowSamples SlidingWindow::samples() const {
  WindowSamples window{std::span(times_).subspan(head_, tail_ - head_),
                       std::span(values_).subspan(head_, tail_ - head_)};
  if (!starts_.empty()) window.starts = std::span(starts_).subspan(head_, tail_ - head_);
  return window;
}

void SlidingWindow::Append(size_t begin, size_t end) {
  DropPast();
  if (whole_vectors_) {
    // Up to the end of the block vector that the last row lies in: decoding it again and again in pieces costs more.
    const size_t run = rows_->RunOf(end - 1);
    const size_t first = rows_->firsts()[run];
    const size_t offset = rows_->runs()[run].block_offset();
    const size_t vector_end =
        (offset + (end - first) + kVectorSamples - 1) / kVectorSamples * kVectorSamples;
    end = std::min(rows_->firsts()[run + 1], first + vector_end - offset);
  }
  const size_t size = values_.size();
  AppendRows(*rows_, {begin, end}, &times_, &values_, &starts_);
  next_row_ = end;
  if (count_changes_) CountChanges(size);
}

void SlidingWindow::DropPast() {
  if (head_ == 0 || head_ * 2 < values_.size()) return;
  EraseFront(&times_, head_);
  EraseFront(&values_, head_);
  if (!starts_.empty()) EraseFront(&starts_, head_);
  if (count_changes_) EraseFront(&changes_, head_);
  tail_ -= head_;
  dropped_ += head_;
  head_ = 0;
}

void SlidingWindow::CountChanges(size_t from) {
  changes_.resize(values_.size());
  for (size_t i = from; i < values_.size(); ++i) {
    if (i == 0) {
      changes_[0] = 0;
      continue;
    }
    const double a = values_[i - 1];
    const double b = values_[i];
    changes_[i] = changes_[i - 1] + (a != b && !(std::isnan(a) && std::isnan(b)));
  }
}

size_t SlidingWindow::memory_bytes() const {
  return (times_.capacity() + starts_.capacity()) * sizeof(TimestampMs) +
         values_.capacity() * sizeof(double) + changes_.capacity() * sizeof(uint64_t);
}

}  // namespace silverback

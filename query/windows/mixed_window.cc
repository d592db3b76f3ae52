#include "query/windows/mixed_window.h"

#include <algorithm>
#include <utility>

#include "engine/base/value.h"

namespace silverback {

template <typename Value>
void MixedWindow::Column<Value>::MoveTo(TimestampMs start, TimestampMs end) {
  while (head < times.size() && times[head] <= start) ++head;
  tail = std::max(tail, head);
  while (tail < times.size() && times[tail] <= end) ++tail;
}

template <typename Value>
void MixedWindow::Column<Value>::DropPast() {
  if (head == 0 || head * 2 < times.size()) return;
  times.erase(times.begin(), times.begin() + static_cast<ptrdiff_t>(head));
  values.erase(values.begin(), values.begin() + static_cast<ptrdiff_t>(head));
  if (!starts.empty()) starts.erase(starts.begin(), starts.begin() + static_cast<ptrdiff_t>(head));
  tail -= head;
  head = 0;
}

template <typename Value>
void MixedWindow::Column<Value>::Clear() {
  times.clear();
  values.clear();
  starts.clear();
  head = tail = 0;
}

void MixedWindow::Reset(const SeriesRows* rows) {
  rows_ = rows;
  reader_.Reset(rows);
  next_row_ = 0;
  floats_.Clear();
  histograms_.Clear();
}

void MixedWindow::MoveTo(RowRange range, TimestampMs start, TimestampMs end) {
  if (next_row_ < range.begin) {
    // Nothing that is held belongs to the window; rows between are skipped.
    floats_.Clear();
    histograms_.Clear();
    next_row_ = range.begin;
  }
  if (next_row_ < range.end) {
    floats_.DropPast();
    histograms_.DropPast();
    Append(next_row_, range.end);
    next_row_ = range.end;
    CountBytes();
  }
  floats_.MoveTo(start, end);
  histograms_.MoveTo(start, end);
}

void MixedWindow::Append(size_t begin, size_t end) {
  ForRuns(*rows_, {begin, end}, [&](size_t r, size_t first, size_t from, size_t to) {
    const Run& run = rows_->runs()[r];
    if (run.is_histogram()) {
      for (size_t row = from; row < to; ++row) {
        HistogramPtr histogram = reader_.At(first + row);
        if (histogram == nullptr) continue;
        histograms_.times.push_back(run.times()[row]);
        histograms_.values.push_back(std::move(histogram));
        if (rows_->has_starts()) histograms_.starts.push_back(run.starts().At(row));
      }
      return;
    }
    scratch_.resize(to - from);
    run.Values(from, to, scratch_.data());
    for (size_t row = from; row < to; ++row) {
      if (IsStale(scratch_[row - from])) continue;
      floats_.times.push_back(run.times()[row]);
      floats_.values.push_back(scratch_[row - from]);
      if (rows_->has_starts()) floats_.starts.push_back(run.starts().At(row));
    }
  });
}

void MixedWindow::CountBytes() {
  bytes_ = (floats_.times.capacity() + histograms_.times.capacity() + floats_.starts.capacity() +
            histograms_.starts.capacity()) *
               sizeof(TimestampMs) +
           (floats_.values.capacity() + scratch_.capacity()) * sizeof(double) +
           histograms_.values.capacity() * sizeof(HistogramPtr);
  for (const HistogramPtr& histogram : histograms_.values) bytes_ += histogram->memory_bytes();
}

MixedSamples MixedWindow::samples() const {
  const auto part = [](const auto& column, const auto& items) {
    return std::span(items).subspan(column.head, column.size());
  };
  const auto starts = [&part](const auto& column) {
    return column.starts.empty() ? std::span<const TimestampMs>() : part(column, column.starts);
  };
  return {{part(floats_, floats_.times), part(floats_, floats_.values), starts(floats_)},
          part(histograms_, histograms_.times),
          part(histograms_, histograms_.values),
          starts(histograms_)};
}

uint64_t MixedWindow::equivalent_samples() const {
  return equivalent_samples_after(kMinTimestampMs);
}

uint64_t MixedWindow::equivalent_samples_after(TimestampMs t) const {
  uint64_t samples = 0;
  for (size_t i = floats_.tail; i > floats_.head && floats_.times[i - 1] > t; --i) ++samples;
  for (size_t i = histograms_.tail; i > histograms_.head && histograms_.times[i - 1] > t; --i) {
    samples += histograms_.values[i - 1]->equivalent_samples();
  }
  return samples;
}

}  // namespace silverback

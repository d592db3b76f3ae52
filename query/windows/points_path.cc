#include "query/windows/points_path.h"

#include <algorithm>
#include <optional>

#include "engine/base/value.h"
#include "query/functions/extrapolation.h"
#include "query/functions/range_kernels.h"

namespace silverback {

/// The outermost samples of a window, rows of the series.
struct PointsPath::Ends {
  size_t begin = 0;  // the window's first row
  size_t first = 0;
  size_t last = 0;
  size_t stale_end = 0;  // in stale_: markers below `last` end here
  uint64_t samples = 0;
};

bool PointsPath::Serves(const FunctionInfo& function, WindowBorders borders) {
  return borders == WindowBorders::kPlain && function.reads == WindowReads::kPoints;
}

template <typename Fn>
void PointsPath::ForWindows(const SeriesWindows& windows, std::span<uint64_t> samples, Fn fn) {
  size_t stale_begin = 0;
  size_t stale_end = 0;
  for (size_t w = windows.first_window(); w < windows.end_window(); ++w) {
    const RowRange rows = windows.Rows(w);
    while (stale_begin < stale_.size() && stale_[stale_begin] < rows.begin) ++stale_begin;
    stale_end = std::max(stale_end, stale_begin);
    while (stale_end < stale_.size() && stale_[stale_end] < rows.end) ++stale_end;
    samples[w] = rows.size() - (stale_end - stale_begin);
    if (samples[w] == 0) continue;
    Ends ends{rows.begin, rows.begin, rows.end - 1, stale_end, samples[w]};
    for (size_t s = stale_begin; s < stale_end && stale_[s] == ends.first; ++s) ++ends.first;
    while (ends.stale_end > stale_begin && stale_[ends.stale_end - 1] == ends.last) {
      --ends.stale_end;
      --ends.last;
    }
    fn(w, ends);
  }
}

bool PointsPath::PreviousSample(const Ends& ends, size_t* row) const {
  if (ends.samples < 2) return false;
  *row = ends.last - 1;
  for (size_t s = ends.stale_end; s > 0 && stale_[s - 1] == *row; --s) --*row;
  return true;
}

void PointsPath::ResetValues(const SeriesWindows& windows, size_t points_per_window) {
  values_.Reset(&windows.rows(), windows.AllRows(), points_per_window * windows.count());
}

void PointsPath::CollectResets(const SeriesRows& rows, RowRange range) {
  resets_.clear();
  ResetScan scan;
  ForRuns(rows, range, [&](size_t r, size_t, size_t from, size_t to) {
    AppendResetsOfRun(rows, r, from, to, &scan);
  });
  if (rows.has_starts()) CollectStartResets(rows, range);
}

/// Adds the resets that only start timestamps tell of.
void PointsPath::CollectStartResets(const SeriesRows& rows, RowRange range) {
  ScanStarts(rows, range, stale_, &starts_);
  if (starts_.resets.empty()) return;
  values_.Reset(&rows, range, starts_.resets.size());
  merged_resets_.clear();
  auto fallen = resets_.begin();
  for (const StartFindings::Reset& reset : starts_.resets) {
    while (fallen != resets_.end() && fallen->row < reset.row) merged_resets_.push_back(*fallen++);
    if (fallen != resets_.end() && fallen->row == reset.row) continue;
    merged_resets_.push_back({reset.row, values_.At(reset.previous_row)});
  }
  merged_resets_.insert(merged_resets_.end(), fallen, resets_.end());
  resets_.swap(merged_resets_);
}

void PointsPath::AppendResetsOfRun(const SeriesRows& rows, size_t run_index, size_t from, size_t to,
                                   ResetScan* scan) {
  const Run& run = rows.runs()[run_index];
  const size_t first = rows.firsts()[run_index];
  if (!ResetScan::Lists(run)) {
    std::span<const double> values = run.decoded();
    if (run.block() != nullptr) {
      scratch_.resize(to - from);
      run.Values(from, to, scratch_.data());
      values = scratch_;
    } else {
      values = values.subspan(from, to - from);
    }
    const auto stale = std::lower_bound(stale_.begin(), stale_.end(), first + from);
    if (stale == stale_.end() || *stale >= first + to) {
      scan->PassAll(first + from, values, &resets_);
      return;
    }
    for (size_t i = 0; i < values.size(); ++i) {
      if (!IsStale(values[i])) scan->Pass(first + from + i, values[i], &resets_);
    }
    return;
  }
  // The block lists its resets. Only its outermost samples have to be looked at, against the neighbouring runs.
  const auto begin = std::lower_bound(stale_.begin(), stale_.end(), first + from);
  const auto end = std::lower_bound(begin, stale_.end(), first + to);
  if (static_cast<size_t>(end - begin) == to - from) return;
  size_t first_sample = first + from;
  for (auto it = begin; it != end && *it == first_sample; ++it) ++first_sample;
  size_t last_sample = first + to - 1;
  for (auto it = end; it != begin && *(it - 1) == last_sample; --it) --last_sample;

  const size_t begin_row = first_sample - first;
  const size_t last_row = last_sample - first;
  scan->PassListed(run, first, begin_row, last_row + 1, run.ValueAt(begin_row),
                   run.ValueAt(last_row), &resets_);
}

void PointsPath::EvaluateChange(const FunctionInfo& function, const SeriesWindows& windows,
                                Column* out, std::span<uint64_t> samples) {
  const bool is_counter = function.range_function != RangeFunction::kDelta;
  const bool per_second = function.range_function == RangeFunction::kRate;
  if (is_counter && WindowDrops::Serve(windows)) {
    return EvaluateFalling(function, windows, out, samples);
  }
  // Stale markers would take rows out of the count, start timestamps tell of more resets.
  if (stale_.empty() && !windows.rows().has_starts() && DenseChange::Serves(windows)) {
    return dense_.Evaluate(function, windows, out);
  }
  resets_.clear();
  if (is_counter) CollectResets(windows.rows(), windows.AllRows());
  ResetValues(windows, 2);
  RowCursor times(windows.rows());
  size_t next_reset = 0;
  size_t next_overlap = 0;
  ForWindows(windows, samples, [&](size_t w, const Ends& ends) {
    RatePoints points{times.TimeAt(ends.first), times.TimeAt(ends.last), 0, 0, ends.samples};
    if (is_counter) points.start_ms = times.StartAt(ends.first);
    const WindowContext context = windows.Context(w, 0);
    if (ends.samples < 2) {
      if (!BeganInside(points, context)) return;
      points.first_value = points.last_value = values_.At(ends.first);
      out->Set(w, ExtrapolateIncrease(points, points.last_value - points.first_value, context,
                                      is_counter, per_second));
      return;
    }
    while (next_overlap < starts_.overlaps.size() && starts_.overlaps[next_overlap] <= ends.first) {
      ++next_overlap;
    }
    overlaps_ +=
        next_overlap < starts_.overlaps.size() && starts_.overlaps[next_overlap] <= ends.last;
    values_.Pair(ends.first, ends.last, &points.first_value, &points.last_value);
    double increase = points.last_value - points.first_value;
    while (next_reset < resets_.size() && resets_[next_reset].row <= ends.first) ++next_reset;
    for (size_t r = next_reset; r < resets_.size() && resets_[r].row <= ends.last; ++r) {
      increase += resets_[r].previous;
    }
    out->Set(w, ExtrapolateIncrease(points, increase, context, is_counter, per_second));
  });
}

/// The way of a series that falls too often to list each fall.
void PointsPath::EvaluateFalling(const FunctionInfo& function, const SeriesWindows& windows,
                                 Column* out, std::span<uint64_t> samples) {
  const bool per_second = function.range_function == RangeFunction::kRate;
  drops_.Reset(&windows.rows());
  RowCursor times(windows.rows());
  ForWindows(windows, samples, [&](size_t w, const Ends& ends) {
    if (ends.samples < 2) return;
    const DropsOfSamples drops = drops_.Within({ends.first, ends.last + 1});
    const RatePoints points{times.TimeAt(ends.first), times.TimeAt(ends.last), drops.first,
                            drops.last, ends.samples};
    out->Set(w, ExtrapolateIncrease(points, drops.last - drops.first + drops.dropped,
                                    windows.Context(w, 0), true, per_second));
  });
}

void PointsPath::EvaluateLastTwo(const FunctionInfo& function, const SeriesWindows& windows,
                                 Column* out, std::span<uint64_t> samples) {
  const bool is_rate = function.range_function == RangeFunction::kIrate;
  ResetValues(windows, 2);
  RowCursor times(windows.rows());
  ForWindows(windows, samples, [&](size_t w, const Ends& ends) {
    size_t previous = 0;
    if (!PreviousSample(ends, &previous)) return;
    double previous_value = 0;
    double last_value = 0;
    values_.Pair(previous, ends.last, &previous_value, &last_value);
    const TimestampMs previous_ms = times.TimeAt(previous);
    const TimestampMs previous_start_ms = times.StartAt(previous);
    const TimestampMs last_ms = times.TimeAt(ends.last);
    const bool reset =
        IsStartReset(previous_start_ms, previous_ms, times.StartAt(ends.last), last_ms);
    out->Set(w, InstantChange(previous_ms, previous_value, last_ms, last_value, is_rate, reset));
  });
}

void PointsPath::EvaluateResets(const SeriesWindows& windows, Column* out,
                                std::span<uint64_t> samples) {
  CollectResets(windows.rows(), windows.AllRows());
  size_t begin = 0;
  size_t end = 0;
  ForWindows(windows, samples, [&](size_t w, const Ends& ends) {
    while (begin < resets_.size() && resets_[begin].row <= ends.first) ++begin;
    end = std::max(end, begin);
    while (end < resets_.size() && resets_[end].row <= ends.last) ++end;
    out->Set(w, static_cast<double>(end - begin));
  });
}

void PointsPath::EvaluateEnd(const FunctionInfo& function, const SeriesWindows& windows,
                             Column* out, std::span<uint64_t> samples) {
  const RangeFunction f = function.range_function;
  const bool needs_value = f == RangeFunction::kFirstOverTime || f == RangeFunction::kLastOverTime;
  if (needs_value) ResetValues(windows, 1);
  RowCursor times(windows.rows());
  ForWindows(windows, samples, [&](size_t w, const Ends& ends) {
    switch (f) {
      case RangeFunction::kFirstOverTime:
        out->Set(w, values_.At(ends.first));
        break;
      case RangeFunction::kLastOverTime:
        out->Set(w, values_.At(ends.last));
        break;
      case RangeFunction::kTsOfFirstOverTime:
        out->Set(w, SecondsOfMs(times.TimeAt(ends.first)));
        break;
      case RangeFunction::kTsOfLastOverTime:
        out->Set(w, SecondsOfMs(times.TimeAt(ends.last)));
        break;
      case RangeFunction::kCountOverTime:
        out->Set(w, static_cast<double>(ends.samples));
        break;
      default:
        out->Set(w, 1);
        break;  // present_over_time, absent_over_time
    }
  });
}

uint64_t PointsPath::Evaluate(const FunctionInfo& function, const SeriesWindows& windows,
                              Column* out, std::span<uint64_t> samples) {
  CollectStaleRows(windows.rows(), windows.AllRows(), &stale_);
  starts_.clear();
  overlaps_ = 0;
  switch (function.range_function) {
    case RangeFunction::kRate:
    case RangeFunction::kIncrease:
    case RangeFunction::kDelta:
      EvaluateChange(function, windows, out, samples);
      break;
    case RangeFunction::kIrate:
    case RangeFunction::kIdelta:
      EvaluateLastTwo(function, windows, out, samples);
      break;
    case RangeFunction::kResets:
      EvaluateResets(windows, out, samples);
      break;
    default:
      EvaluateEnd(function, windows, out, samples);
      break;
  }
  return overlaps_;
}

size_t PointsPath::memory_bytes() const {
  return (stale_.capacity() + starts_.overlaps.capacity()) * sizeof(size_t) +
         (resets_.capacity() + merged_resets_.capacity()) * sizeof(FallenRow) +
         starts_.resets.capacity() * sizeof(StartFindings::Reset) +
         scratch_.capacity() * sizeof(double) + dense_.memory_bytes() + values_.memory_bytes() +
         drops_.memory_bytes();
}

}  // namespace silverback

#include "query/windows/dense_change.h"

#include <algorithm>

#include "query/windows/reset_scan.h"

namespace silverback {
namespace {

/// With so few rows a window, decoding all of them costs less than looking for two of each.
constexpr size_t kRowsPerWindow = 32;
/// Between the windows' first rows and their last ones: fewer rows are decoded along with them.
constexpr size_t kMinSkippedRows = 512;

/// Where the rows of a window lie in time, seen from its borders.
struct Distances {
  int64_t to_first_ms = 0;
  int64_t to_last_ms = 0;
  uint64_t samples = 0;
  friend bool operator==(const Distances&, const Distances&) = default;
};

}  // namespace

size_t DenseChange::RowSpans::At(size_t row) const {
  return row < firsts.end ? row - firsts.begin : firsts.size() + row - lasts.begin;
}

DenseChange::RowSpans DenseChange::RowSpans::Of(RowRange firsts, RowRange lasts) {
  if (lasts.begin < firsts.end + kMinSkippedRows) {
    return {{firsts.begin, std::max(firsts.end, lasts.end)}, {}};
  }
  return {firsts, lasts};
}

bool DenseChange::Serves(const SeriesWindows& windows) {
  return windows.AllRows().size() <= kRowsPerWindow * windows.count();
}

void DenseChange::Plan(const FunctionInfo& function, const SeriesWindows& windows) {
  const bool is_counter = function.range_function != RangeFunction::kDelta;
  const bool per_second = function.range_function == RangeFunction::kRate;
  plan_.clear();
  plan_.reserve(windows.end_window() - windows.first_window());
  planned_.Reset(windows.count());
  RowCursor first_times(windows.rows());
  RowCursor last_times(windows.rows());
  Distances previous;
  Window window;
  for (size_t w = windows.first_window(); w < windows.end_window(); ++w) {
    const RowRange rows = windows.Rows(w);
    if (rows.size() < 2) continue;
    window.window = static_cast<uint32_t>(w);
    window.first = static_cast<uint32_t>(rows.begin);
    window.last = static_cast<uint32_t>(rows.end - 1);
    const TimestampMs first_ms = first_times.TimeAt(rows.begin);
    const TimestampMs last_ms = last_times.TimeAt(rows.end - 1);
    const TimestampMs end_ms = windows.End(w);
    const TimestampMs start_ms = SaturatingSubtract(end_ms, windows.range_ms());
    const Distances distances{first_ms - start_ms, end_ms - last_ms, rows.size()};
    // Scraped on time, a series lies in one window as in the next.
    if (plan_.empty() || distances != previous) {
      const WindowContext context = windows.Context(w, 0);
      window.reach = ReachOf({first_ms, last_ms, 0, 0, rows.size()}, context);
      // Without an increase no counter has begun.
      window.factor = ExtrapolationFactor(window.reach, 0, 0, context, is_counter, per_second);
      previous = distances;
    }
    plan_.push_back(window);
    planned_.Set(w);
  }
  spans_ = {};
  if (plan_.empty()) return;
  const Window& front = plan_.front();
  const Window& back = plan_.back();
  spans_ = RowSpans::Of({front.first, size_t{back.first} + 1}, {front.last, size_t{back.last} + 1});
}

void DenseChange::Decode(const SeriesRows& rows) {
  values_.resize(spans_.size());
  for (const RowRange span : {spans_.firsts, spans_.lasts}) {
    ForRuns(rows, span, [&](size_t r, size_t first, size_t from, size_t to) {
      rows.runs()[r].Values(from, to, values_.data() + spans_.At(first + from));
    });
  }
}

void DenseChange::CollectResets(const SeriesRows& rows) {
  resets_.clear();
  ResetScan scan;
  const RowRange all{plan_.front().first, size_t{plan_.back().last} + 1};
  ForRuns(rows, all, [&](size_t r, size_t first, size_t from, size_t to) {
    const Run& run = rows.runs()[r];
    const bool whole = spans_.lasts.size() == 0;
    const double* values = whole ? values_.data() + spans_.At(first + from) : nullptr;
    if (ResetScan::Lists(run)) {
      scan.PassListed(run, first, from, to, whole ? values[0] : run.ValueAt(from),
                      whole ? values[to - from - 1] : run.ValueAt(to - 1), &resets_);
      return;
    }
    if (!whole) {
      skipped_.resize(to - from);
      run.Values(from, to, skipped_.data());
      values = skipped_.data();
    }
    scan.PassAll(first + from, {values, to - from}, &resets_);
  });
}

/// Gives back what the resets within each window took away.
void DenseChange::AddResets() {
  size_t next_reset = 0;
  for (size_t i = 0; i < plan_.size(); ++i) {
    const Window& window = plan_[i];
    while (next_reset < resets_.size() && resets_[next_reset].row <= window.first) ++next_reset;
    for (size_t r = next_reset; r < resets_.size() && resets_[r].row <= window.last; ++r) {
      increases_[i] += resets_[r].previous;
    }
  }
}

void DenseChange::Evaluate(const FunctionInfo& function, const SeriesWindows& windows,
                           Column* out) {
  const bool is_counter = function.range_function != RangeFunction::kDelta;
  const bool per_second = function.range_function == RangeFunction::kRate;
  if (planned_for_ != windows.timeline()) {
    Plan(function, windows);
    planned_for_ = windows.timeline();
  }
  if (plan_.empty()) return;
  Decode(windows.rows());
  increases_.resize(plan_.size());
  for (size_t i = 0; i < plan_.size(); ++i) {
    increases_[i] = values_[spans_.At(plan_[i].last)] - values_[spans_.At(plan_[i].first)];
  }
  resets_.clear();
  if (is_counter) CollectResets(windows.rows());
  if (!resets_.empty()) AddResets();
  for (size_t i = 0; i < plan_.size(); ++i) {
    const Window& window = plan_[i];
    const double first = values_[spans_.At(window.first)];
    double factor = window.factor;
    if (is_counter && MayHaveBegunInside(window.reach, first, increases_[i])) {
      factor = ExtrapolationFactor(window.reach, first, increases_[i],
                                   windows.Context(window.window, 0), is_counter, per_second);
    }
    out->floats[window.window] = increases_[i] * factor;
  }
  out->present.SetFrom(planned_);
}

}  // namespace silverback

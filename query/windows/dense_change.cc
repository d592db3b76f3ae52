#include "query/windows/dense_change.h"

namespace silverback {
namespace {

/// With so few rows a window, decoding all of them costs less than looking for two of each.
constexpr size_t kRowsPerWindow = 32;

}  // namespace

bool DenseChange::Serves(const SeriesWindows& windows) {
  return windows.AllRows().size() <= kRowsPerWindow * windows.count();
}

void DenseChange::Plan(const FunctionInfo& function, const SeriesWindows& windows) {
  const bool is_counter = function.range_function != RangeFunction::kDelta;
  const bool per_second = function.range_function == RangeFunction::kRate;
  const size_t begin = windows.AllRows().begin;
  plan_.clear();
  RowCursor times(windows.rows());
  for (size_t w = windows.first_window(); w < windows.end_window(); ++w) {
    const RowRange rows = windows.Rows(w);
    if (rows.size() < 2) continue;
    const RatePoints points{times.TimeAt(rows.begin), times.TimeAt(rows.end - 1), 0, 0,
                            rows.size()};
    const WindowContext context = windows.Context(w, 0);
    Window& window = plan_.emplace_back();
    window.window = static_cast<uint32_t>(w);
    window.first = static_cast<uint32_t>(rows.begin - begin);
    window.last = static_cast<uint32_t>(rows.end - 1 - begin);
    window.reach = ReachOf(points, context);
    // Without an increase no counter has begun.
    window.factor = ExtrapolationFactor(window.reach, 0, 0, context, is_counter, per_second);
  }
}

void DenseChange::Evaluate(const FunctionInfo& function, const SeriesWindows& windows, Column* out,
                           std::span<uint64_t> samples) {
  const bool is_counter = function.range_function != RangeFunction::kDelta;
  const bool per_second = function.range_function == RangeFunction::kRate;
  if (planned_for_ != windows.timeline()) {
    Plan(function, windows);
    planned_for_ = windows.timeline();
  }
  for (size_t w = windows.first_window(); w < windows.end_window(); ++w) {
    samples[w] = windows.Rows(w).size();
  }
  const RowRange all = windows.AllRows();
  values_.resize(all.size());
  ForRuns(windows.rows(), all, [&](size_t r, size_t first, size_t from, size_t to) {
    windows.rows().runs()[r].Values(from, to, values_.data() + (first + from - all.begin));
  });
  resets_.clear();
  if (is_counter) ResetScan().PassAll(0, values_, &resets_);
  size_t next_reset = 0;
  for (const Window& window : plan_) {
    const double first = values_[window.first];
    double increase = values_[window.last] - first;
    while (next_reset < resets_.size() && resets_[next_reset].row <= window.first) ++next_reset;
    for (size_t r = next_reset; r < resets_.size() && resets_[r].row <= window.last; ++r) {
      increase += resets_[r].previous;
    }
    double factor = window.factor;
    if (is_counter && MayHaveBegunInside(window.reach, first, increase)) {
      factor = ExtrapolationFactor(window.reach, first, increase, windows.Context(window.window, 0),
                                   is_counter, per_second);
    }
    out->Set(window.window, increase * factor);
  }
}

}  // namespace silverback

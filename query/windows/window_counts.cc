#include "query/windows/window_counts.h"

#include <algorithm>

#include "engine/base/check.h"

namespace silverback {

WindowCounts::WindowCounts(size_t windows, size_t steps, bool per_step)
    : steps_(steps), one_window_(windows != steps), samples_(windows), new_samples_(windows) {
  if (per_step) sums_.CountSteps(steps);
}

void WindowCounts::Clear() {
  std::fill(samples_.begin(), samples_.end(), 0);
}

void WindowCounts::FindNew(const SeriesWindows& windows) {
  std::fill(new_samples_.begin(), new_samples_.end(), 0);
  bool any_stale = false;
  size_t seen = 0;  // rows up to the end of the window before
  for (size_t w = windows.first_window(); w < windows.end_window(); ++w) {
    const RowRange rows = windows.Rows(w);
    any_stale |= samples_[w] != rows.size();
    new_samples_[w] = rows.end - std::max(rows.begin, seen);
    seen = rows.end;
  }
  if (!any_stale) return;
  CollectStaleRows(windows.rows(), windows.AllRows(), &stale_);
  seen = 0;
  for (size_t w = windows.first_window(); w < windows.end_window(); ++w) {
    const RowRange rows = windows.Rows(w);
    const auto from = std::lower_bound(stale_.begin(), stale_.end(), std::max(rows.begin, seen));
    const auto to = std::lower_bound(from, stale_.end(), rows.end);
    new_samples_[w] -= static_cast<uint64_t>(to - from);
    seen = rows.end;
  }
}

void WindowCounts::AddSamples() {
  window_max_ = 0;
  for (const uint64_t count : samples_) window_max_ = std::max(window_max_, count);
  if (!one_window_) return sums_.covered.AddSteps(samples_);
  for (size_t step = 0; step < steps_; ++step) sums_.covered.Add(step, samples_[0]);
}

void WindowCounts::AddNew() {
  sums_.read.AddSteps(new_samples_);
}

void WindowCounts::AddRows(const SeriesWindows& windows) {
  SB_DCHECK(!one_window_);
  if (timeline_ != windows.timeline()) {
    timeline_ = windows.timeline();
    Clear();
    for (size_t w = windows.first_window(); w < windows.end_window(); ++w) {
      samples_[w] = windows.Rows(w).size();
    }
    FindNew(windows);
    of_timeline_ = {};
    if (!sums_.covered.by_step.empty()) of_timeline_.CountSteps(steps_);
    of_timeline_.covered.AddSteps(samples_);
    of_timeline_.read.AddSteps(new_samples_);
    timeline_max_ = samples_.empty() ? 0 : *std::max_element(samples_.begin(), samples_.end());
  }
  sums_.covered.Merge(of_timeline_.covered);
  sums_.read.Merge(of_timeline_.read);
  window_max_ = timeline_max_;
}

size_t WindowCounts::memory_bytes() const {
  return (samples_.capacity() + new_samples_.capacity()) * sizeof(uint64_t) +
         stale_.capacity() * sizeof(size_t) + sums_.memory_bytes() + of_timeline_.memory_bytes();
}

}  // namespace silverback

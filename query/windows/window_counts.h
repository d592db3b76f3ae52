// How many samples the windows of series hold, for the statistics of a query.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "query/model/sample_counts.h"
#include "query/windows/series_windows.h"

namespace silverback {

/// Sums over series what is counted for one of them at a time.
class WindowCounts {
 public:
  /// `windows` is their number: one a step, or one for all steps. `per_step`: count by step as well.
  WindowCounts(size_t windows, size_t steps, bool per_step);

  /// Of each window of the series at hand: all samples, and those past the window before. Whoever evaluates fills them.
  std::span<uint64_t> samples() { return samples_; }
  std::span<uint64_t> new_samples() { return new_samples_; }
  /// No samples in any window.
  void Clear();
  /// Fills `new_samples()` of a series of floats from `samples()`.
  void FindNew(const SeriesWindows& windows);

  /// Adds `samples()`; at every step, if there is one window for all.
  void AddSamples();
  /// Adds `new_samples()`.
  void AddNew();
  /// Adds a series all of whose rows are samples, as the other calls would: once for all series of a timeline.
  /// REQUIRES: a window a step.
  void AddRows(const SeriesWindows& windows);

  const QuerySamples& sums() const { return sums_; }
  /// The most samples of a window of the series that was added last.
  uint64_t window_max() const { return window_max_; }
  size_t memory_bytes() const;

 private:
  size_t steps_;
  bool one_window_;
  std::vector<uint64_t> samples_;
  std::vector<uint64_t> new_samples_;
  std::vector<size_t> stale_;
  QuerySamples sums_;
  uint64_t window_max_ = 0;
  // Of the series of one timeline.
  std::optional<uint64_t> timeline_;
  QuerySamples of_timeline_;
  uint64_t timeline_max_ = 0;
};

}  // namespace silverback

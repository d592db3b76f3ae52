// The path of sum_over_time() and its kin over windows that overlap by far: each sample is gathered twice, in however many
// windows it lies. A window then costs the samples that it does not share with the one before it.
//
// Two stacks make a queue that knows what it holds (folklore; "Two-Stacks" in Tangwongsan, Hirzel and Schneider, General
// Incremental Sliding-Window Aggregation, VLDB 2015): samples enter behind a middle and are gathered as they come; what
// lies before the middle was gathered backwards, one entry a sample, so that the oldest sample is dropped by taking an
// entry away. When the window has passed the middle, all that it holds becomes the part before a new one. Nothing is ever
// subtracted, so that a sum keeps its digits and infinities leave with their window.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "query/functions/function_table.h"
#include "query/model/column.h"
#include "query/windows/series_windows.h"
#include "query/windows/sliding_window.h"

namespace silverback {

class OverlapPath {
 public:
  OverlapPath();
  ~OverlapPath();
  OverlapPath(OverlapPath&&) noexcept;
  OverlapPath& operator=(OverlapPath&&) noexcept;

  /// Whether `function` over these windows is better answered this way than by facts or window by window.
  static bool Serves(const FunctionInfo& function, const SeriesWindows& windows);

  /// Fills `out` (one entry a window) and `samples` (of each window), decoding through `sliding`. Windows whose gathered
  /// state does not tell the answer (a mean whose sum overflows) are left absent and their numbers appended to
  /// `unanswered`. REQUIRES: Serves(function, windows).
  void Evaluate(const FunctionInfo& function, const SeriesWindows& windows, SlidingWindow* sliding,
                Column* out, std::span<uint64_t> samples, std::vector<size_t>* unanswered);
  size_t memory_bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace silverback

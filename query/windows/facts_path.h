// The path of sum_over_time() and its kin over long windows: facts of the blocks that a window covers, and for the blocks
// at its borders summaries of small chunks, made once when the border enters the block. A window then costs its blocks and
// some dozens of chunks, however many samples it has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "query/functions/function_table.h"
#include "query/model/column.h"
#include "query/windows/series_windows.h"

namespace silverback {

/// Blocks that the calling thread answered from their facts alone, since it began.
uint64_t FactHitsOfThread();

class FactsPath {
 public:
  FactsPath();
  ~FactsPath();
  FactsPath(FactsPath&&) noexcept;
  FactsPath& operator=(FactsPath&&) noexcept;

  /// Whether `function` over these windows is better answered this way than by sliding over samples.
  static bool Serves(const FunctionInfo& function, const SeriesWindows& windows);

  /// Fills `out` (one entry a window) and `samples` (of each window). Windows that facts cannot answer (a mean whose sum
  /// overflows) are left absent and their numbers appended to `unanswered`. REQUIRES: Serves(function, windows).
  void Evaluate(const FunctionInfo& function, const SeriesWindows& windows, Column* out,
                std::span<uint64_t> samples, std::vector<size_t>* unanswered);
  size_t memory_bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace silverback

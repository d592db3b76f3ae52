// The path of functions that need a few points of each window: its first and last samples, how many there are, and the
// counter resets between them. Its cost follows the steps, not the samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "query/functions/function_table.h"
#include "query/model/column.h"
#include "query/windows/dense_change.h"
#include "query/windows/reset_scan.h"
#include "query/windows/series_windows.h"
#include "query/windows/start_scan.h"
#include "query/windows/value_reader.h"
#include "query/windows/window_drops.h"

namespace silverback {

class PointsPath {
 public:
  /// Whether `function` can be answered this way.
  static bool Serves(const FunctionInfo& function, WindowBorders borders);

  /// Fills `out` (one entry a window) and, unless `all_rows_are_samples`, `samples` (of each window that may hold some; the others'
  /// stand at 0). Says in how many windows start timestamps overlap (`KernelState::starts_overlap`). REQUIRES: Serves(function,
  /// windows.borders()).
  uint64_t Evaluate(const FunctionInfo& function, const SeriesWindows& windows, Column* out,
                    std::span<uint64_t> samples);
  /// Whether the windows of the last call hold no stale markers.
  bool all_rows_are_samples() const { return stale_.empty(); }
  size_t memory_bytes() const;

 private:
  struct Ends;

  template <typename Fn>
  void ForWindows(const SeriesWindows& windows, std::span<uint64_t> samples, Fn fn);
  bool PreviousSample(const Ends& ends, size_t* row) const;
  void CollectResets(const SeriesRows& rows, RowRange range);
  void CollectStartResets(const SeriesRows& rows, RowRange range);
  void AppendResetsOfRun(const SeriesRows& rows, size_t run, size_t from, size_t to,
                         ResetScan* scan);
  void ResetValues(const SeriesWindows& windows, size_t points_per_window);
  void EvaluateChange(const FunctionInfo& function, const SeriesWindows& windows, Column* out,
                      std::span<uint64_t> samples);
  void EvaluateFalling(const FunctionInfo& function, const SeriesWindows& windows, Column* out,
                       std::span<uint64_t> samples);
  void EvaluateLastTwo(const FunctionInfo& function, const SeriesWindows& windows, Column* out,
                       std::span<uint64_t> samples);
  void EvaluateResets(const SeriesWindows& windows, Column* out, std::span<uint64_t> samples);
  void EvaluateEnd(const FunctionInfo& function, const SeriesWindows& windows, Column* out,
                   std::span<uint64_t> samples);

  std::vector<size_t> stale_;
  DenseChange dense_;
  std::vector<FallenRow> resets_;
  StartFindings starts_;
  std::vector<FallenRow> merged_resets_;
  uint64_t overlaps_ = 0;
  ValueReader values_;
  WindowDrops drops_;
  std::vector<double> scratch_;
};

}  // namespace silverback

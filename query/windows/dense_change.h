// rate(), increase() and delta() over windows near each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "query/functions/function_table.h"
#include "query/functions/range_kernels.h"
#include "query/model/column.h"
#include "query/windows/reset_scan.h"
#include "query/windows/series_windows.h"

namespace silverback {

/// All rows of the windows are decoded side by side. What follows from times alone, the rows at a window's ends and what the
/// increase is multiplied by, is worked out once for all series of one timeline.
class DenseChange {
 public:
  /// Whether so many rows are better decoded than looked up: those of windows that overlap, or are a few samples apart.
  static bool Serves(const SeriesWindows& windows);

  /// Fills `out` (one entry a window) and `samples` (of each window that may hold some). REQUIRES: the rows are floats without
  /// stale markers and start timestamps; the same function at every call.
  void Evaluate(const FunctionInfo& function, const SeriesWindows& windows, Column* out,
                std::span<uint64_t> samples);

  size_t memory_bytes() const {
    return plan_.capacity() * sizeof(plan_[0]) + values_.capacity() * sizeof(double) +
           resets_.capacity() * sizeof(resets_[0]);
  }

 private:
  /// A window with two samples or more; its rows are counted from the first window's.
  struct Window {
    uint32_t window;
    uint32_t first;
    uint32_t last;
    WindowReach reach;
    double factor;  // unless the counter may have begun inside
  };

  void Plan(const FunctionInfo& function, const SeriesWindows& windows);

  std::optional<uint64_t> planned_for_;  // SeriesWindows::timeline()
  std::vector<Window> plan_;
  std::vector<double> values_;
  std::vector<FallenRow> resets_;
};

}  // namespace silverback

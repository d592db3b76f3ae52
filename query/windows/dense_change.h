// rate(), increase() and delta() over windows near each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "query/functions/extrapolation.h"
#include "query/functions/function_table.h"
#include "query/model/column.h"
#include "query/windows/reset_scan.h"
#include "query/windows/series_windows.h"

namespace silverback {

/// All rows of the windows are decoded side by side, but for those between the windows' first rows and their last ones where
/// windows are long beside what they move by: of these only the resets are wanted, which most blocks list. What follows from
/// times alone, the rows at a window's ends and what the increase is multiplied by, is worked out once for all series of
/// one timeline.
class DenseChange {
 public:
  /// Whether so many rows are better decoded than looked up: those of windows that overlap, or are a few samples apart.
  static bool Serves(const SeriesWindows& windows);

  /// Fills `out` (one entry a window). REQUIRES: the rows are floats without stale markers and start timestamps; the same
  /// function at every call.
  void Evaluate(const FunctionInfo& function, const SeriesWindows& windows, Column* out);

  size_t memory_bytes() const {
    return plan_.capacity() * sizeof(plan_[0]) +
           (values_.capacity() + skipped_.capacity() + increases_.capacity()) * sizeof(double) +
           resets_.capacity() * sizeof(resets_[0]);
  }

 private:
  /// A window with two samples or more, and its outermost rows.
  struct Window {
    uint32_t window = 0;
    uint32_t first = 0;
    uint32_t last = 0;
    WindowReach reach;
    double factor = 1;  // unless the counter may have begun inside
  };

  /// The rows to decode, in one piece or, if that leaves many out, in two.
  struct RowSpans {
    RowRange firsts;
    RowRange lasts;  // behind `firsts`; empty if that holds all

    static RowSpans Of(RowRange firsts, RowRange lasts);
    size_t size() const { return firsts.size() + lasts.size(); }
    /// The place of a row's value. REQUIRES: one of them holds it.
    size_t At(size_t row) const;
  };

  void Plan(const FunctionInfo& function, const SeriesWindows& windows);
  void Decode(const SeriesRows& rows);
  void CollectResets(const SeriesRows& rows);
  void AddResets();

  std::optional<uint64_t> planned_for_;  // SeriesWindows::timeline()
  std::vector<Window> plan_;
  StepMask planned_;  // the windows of plan_
  RowSpans spans_;
  std::vector<double> values_;   // of spans_
  std::vector<double> skipped_;  // of a run that lists no resets
  std::vector<FallenRow> resets_;
  std::vector<double> increases_;  // of the windows of plan_
};

}  // namespace silverback

// Aggregation operators that fold series into groups, column by column: memory follows groups x
// steps, not series.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "query/functions/histogram_fold.h"
#include "query/functions/scalar_argument.h"
#include "query/functions/step_values.h"
#include "query/model/column.h"

namespace silverback {

enum class AggregateOp : uint8_t {
  kSum,
  kAvg,
  kMin,
  kMax,
  kCount,
  kGroup,
  kStddev,
  kStdvar,
  kQuantile
};

/// One group's running state over all steps. Values fold in the order in which they come: the order
/// of the series changes sums within rounding only. kQuantile keeps every value. One thread at a
/// time; workers fold into accumulators of their own, which are then merged.
class GroupAccumulator {
 public:
  GroupAccumulator(AggregateOp op, size_t steps);

  /// Folds one series of the group.
  void Fold(const Column& column);
  /// Folds what another accumulator (same op and steps) has gathered.
  void Merge(const GroupAccumulator& other);
  /// The aggregate: steps without a value stay absent. `quantile` is for kQuantile only; values
  /// outside of [0, 1] give infinities (`AnnotateQuantiles` warns of them).
  void Finish(Column* out, ScalarArgument quantile = {});
  /// What has come up about native histograms since the last call. Those that the operator does not take are left out.
  RangeRemarks TakeRemarks() { return std::exchange(remarks_, {}); }
  size_t memory_bytes() const;

 private:
  void FoldMixed(const Column& column);
  void FoldFloats(const Column& column);
  void AddToMean(size_t step, double value);
  void MergeMean(size_t step, const GroupAccumulator& other);
  void MergeVariance(size_t step, const GroupAccumulator& other);
  double ValueAt(size_t step) const;
  void FinishQuantiles(ScalarArgument quantile, Column* out) const;

  AggregateOp op_;
  StepMask present_;
  // One a step each, as far as the operator needs them.
  std::vector<double> value_;         // sum, extreme, or sum of squared differences
  std::vector<double> compensation_;  // of the sum or the mean
  std::vector<double> mean_;          // kStddev, kStdvar; kAvg after an overflow
  std::vector<uint64_t> count_;
  StepMask incremental_;                       // kAvg: the steps whose sum would have overflown
  StepValues values_;                          // kQuantile
  std::unique_ptr<HistogramFold> histograms_;  // kSum, kAvg; null before the first native histogram
  RangeRemarks remarks_;
};

}  // namespace silverback

// Aggregation operators that fold series into groups, column by column: memory follows groups x
// steps, not series.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "query/functions/scalar_argument.h"
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
  size_t memory_bytes() const;

 private:
  void FoldSum(const Column& column);
  void FoldAvg(const Column& column);
  void FoldExtreme(const Column& column);
  void FoldVariance(const Column& column);
  void FoldQuantile(const Column& column);
  void AddToMean(size_t step, double value);

  AggregateOp op_;
  StepMask present_;
  std::vector<double> value_;         // sum, extreme, or sum of squared differences
  std::vector<double> compensation_;  // of the sum or the mean
  std::vector<double> mean_;          // avg after an overflow; variance
  std::vector<uint64_t> count_;
  StepMask incremental_;                     // avg: steps whose sum would overflow
  std::vector<std::vector<double>> values_;  // kQuantile: by step
};

/// The quantile of `values` (reordered), as quantile() and quantile_over_time() define it: NaN for
/// no values or a NaN quantile, -Inf and +Inf outside of [0, 1].
double Quantile(double quantile, std::vector<double>* values);

}  // namespace silverback

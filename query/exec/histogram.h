// histogram_quantile(), histogram_quantiles() and histogram_fraction() of classic histograms.
#pragma once

#include <string>
#include <vector>

#include "query/exec/operator.h"
#include "query/exec/scalar_arguments.h"
#include "query/functions/function_table.h"

namespace silverback::exec {

struct HistogramCall {
  FunctionKind kind = FunctionKind::kHistogramQuantile;
  PositionRange position;                       // of the histogram argument
  std::vector<PositionRange> scalar_positions;  // of the scalar arguments
  std::string quantile_label;                   // of histogram_quantiles()
};

/// `scalars`: the quantile, or the quantiles, or lower and upper bound.
OperatorPtr NewHistogramFunction(QueryContext* query, const StepGrid& grid, HistogramCall call,
                                 OperatorPtr buckets, ScalarArguments scalars);

}  // namespace silverback::exec

// The quantile of plain values.
#pragma once

#include <vector>

namespace silverback {

/// The quantile of `values` (reordered), interpolated between neighbours, as quantile() and quantile_over_time() define
/// it: NaN for no values or a NaN quantile, -Inf and +Inf for one below 0 or above 1. NaN values count as the smallest.
double Quantile(double quantile, std::vector<double>* values);

}  // namespace silverback

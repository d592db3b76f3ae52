// Quantiles and fractions of classic histograms: series of cumulative counts by upper bound (`le`).
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "query/functions/scalar_argument.h"
#include "query/model/annotations.h"
#include "query/model/column.h"
#include "query/model/step_grid.h"

namespace silverback {

struct Bucket {
  double upper_bound = 0;
  double count = 0;  // cumulative
};

/// The bound that an `le` label's value stands for, as Go's strconv.ParseFloat reads it; nothing if
/// malformed (the sample is left out with `BadBucketLabelWarning`).
std::optional<double> ParseBucketBound(std::string_view le);

struct BucketQuantileResult {
  double value = 0;
  bool forced_monotonic = false;
  double min_bucket =
      0;  // bounds between which counts fell, and by how much at most; if forced_monotonic
  double max_bucket = 0;
  double max_difference = 0;
};
/// The `quantile` of one histogram. `buckets` is not empty; it is sorted, merged and made monotonic
/// in place.
BucketQuantileResult BucketQuantile(double quantile, std::vector<Bucket>* buckets);
/// The fraction of observations between `lower` and `upper`. `buckets` as above.
double BucketFraction(double lower, double upper, std::vector<Bucket>* buckets);

/// One bucket's series of a histogram.
struct BucketColumn {
  double upper_bound = 0;
  const Column* column = nullptr;
};

/// histogram_quantile of one histogram over all steps; steps at which no bucket has a value are
/// absent. `position` is the histogram argument's; `metric_name` is empty unless names are removed
/// late. Invalid quantiles are not annotated here but by `AnnotateQuantiles`.
void EvaluateHistogramQuantile(std::span<const BucketColumn> buckets, const StepGrid& grid,
                               ScalarArgument quantile, std::string_view metric_name,
                               PositionRange position, Column* out, Annotations* annotations);
/// histogram_fraction of one histogram over all steps.
void EvaluateHistogramFraction(std::span<const BucketColumn> buckets, ScalarArgument lower,
                               ScalarArgument upper, Column* out);
/// A warning for each quantile that lies outside of [0, 1]. `position` is the quantile argument's.
void AnnotateQuantiles(ScalarArgument quantile, PositionRange position, Annotations* annotations);
/// The value of the label that histogram_quantiles() adds for `quantile` ("0.5", "1.0", "NaN").
std::string QuantileLabel(double quantile);

}  // namespace silverback

// What PromQL's functions make of one native histogram.
#pragma once

#include "query/model/float_histogram.h"

namespace silverback {

/// What histogram_quantile() and histogram_fraction() have to say about NaN observations.
enum class NanRemark : uint8_t { kNone, kResultIsNan, kSkewed, kExcluded };

struct HistogramEstimate {
  double value = 0;
  NanRemark remark = NanRemark::kNone;
};

/// Interpolated within the bucket: on a logarithmic scale, but linearly in custom buckets and the zero bucket.
HistogramEstimate QuantileOf(double quantile, const FloatHistogram& h);
/// The share of observations between `lower` and `upper`, interpolated likewise.
HistogramEstimate FractionOf(double lower, double upper, const FloatHistogram& h);

// histogram_count() and its kin.
double CountOf(const FloatHistogram& h);
double SumOf(const FloatHistogram& h);
double AvgOf(const FloatHistogram& h);
/// Every observation is taken to lie in the middle of its bucket.
double VarianceOf(const FloatHistogram& h);
double StddevOf(const FloatHistogram& h);

}  // namespace silverback

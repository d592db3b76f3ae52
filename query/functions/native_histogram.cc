#include "query/functions/native_histogram.h"

#include <cmath>
#include <limits>

#include "engine/base/kahan_sum.h"
#include "query/model/histogram_buckets.h"

namespace silverback {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Where all buckets are of one sign, the zero bucket's observations are too.
void ClampZeroBucket(const FloatHistogram& h, HistogramBucket* bucket) {
  const bool has_negative = !h.negative.counts.empty();
  const bool has_positive = !h.positive.counts.empty();
  if (!has_negative && has_positive) bucket->lower = 0;
  if (!has_positive && has_negative) bucket->upper = 0;
}

double Interpolate(const HistogramBucket& bucket, double fraction, bool custom) {
  if (custom || (bucket.lower <= 0 && bucket.upper >= 0)) {
    return bucket.lower + (bucket.upper - bucket.lower) * fraction;
  }
  const double log_lower = std::log2(std::abs(bucket.lower));
  const double log_upper = std::log2(std::abs(bucket.upper));
  if (bucket.lower > 0) return std::exp2(log_lower + (log_upper - log_lower) * fraction);
  return -std::exp2(log_upper + (log_lower - log_upper) * (1 - fraction));
}

/// The observations below `value`, which lies strictly inside `bucket`; `before` lie below the bucket.
double RankWithin(const HistogramBucket& bucket, double value, double before, bool linear) {
  // Nothing can be said inside a bucket without a lower bound: all of it counts.
  if (linear && bucket.lower == -kInfinity) return bucket.count;
  return before + bucket.count * bucket.FractionBelow(value, linear);
}

/// The observations below a value, found while walking upwards.
class RankFinder {
 public:
  explicit RankFinder(double value) : value_(value) {}

  bool found() const { return found_; }
  /// What is found, but no more than `most`; all of it where the walk ended before.
  double RankUpTo(double most) const { return !found_ || rank_ > most ? most : rank_; }

  void LookAtLowerBound(const HistogramBucket& bucket, double before) {
    if (!found_ && bucket.lower >= value_) Find(before);
  }
  void LookInside(const HistogramBucket& bucket, double before, bool linear) {
    if (found_ || bucket.lower >= value_ || bucket.upper <= value_) return;
    Find(RankWithin(bucket, value_, before, linear));
  }

 private:
  void Find(double rank) {
    found_ = true;
    rank_ = rank;
  }

  double value_;
  bool found_ = false;
  double rank_ = 0;
};

double MiddleOf(const HistogramBucket& bucket, bool custom) {
  if (custom) return (bucket.upper + bucket.lower) / 2;
  if (bucket.lower <= 0 && bucket.upper >= 0) return 0;
  const double middle = std::sqrt(bucket.upper * bucket.lower);
  return bucket.upper < 0 ? -middle : middle;
}

}  // namespace

HistogramEstimate QuantileOf(double quantile, const FloatHistogram& h) {
  if (quantile < 0) return {-kInfinity};
  if (quantile > 1) return {kInfinity};
  if (h.count == 0 || std::isnan(quantile)) return {kNan};

  // NaN observations are in no bucket, as if they were larger than all others: then only the way up is right.
  const bool has_nans = std::isnan(h.sum);
  const bool upwards = has_nans || quantile < 0.5;
  double rank = (upwards ? quantile : 1 - quantile) * h.count;
  BucketWalk walk(h, /*descending=*/!upwards);
  HistogramBucket bucket;
  double count = 0;
  while (walk.Next()) {
    bucket = walk.bucket();
    if (bucket.count == 0) continue;
    count += bucket.count;
    if (count >= rank) break;
  }
  if (h.custom()) {
    if (bucket.lower == -kInfinity) {
      if (bucket.upper <= 0) return {bucket.upper};
      bucket.lower = 0;
    } else if (bucket.upper == kInfinity) {
      return {bucket.lower};
    }
  } else if (bucket.lower < 0 && bucket.upper > 0) {
    ClampZeroBucket(h, &bucket);
  }
  if (count > h.count) count = h.count;
  if (count < rank) {
    if (has_nans) return {kNan, NanRemark::kResultIsNan};
    return {bucket.upper};
  }
  rank = upwards ? rank - (count - bucket.count) : count - rank;

  NanRemark remark = NanRemark::kNone;
  if (has_nans) {
    while (walk.Next()) count += walk.bucket().count;
    if (count < h.count) remark = NanRemark::kSkewed;
  }
  return {Interpolate(bucket, rank / bucket.count, h.custom()), remark};
}

HistogramEstimate FractionOf(double lower, double upper, const FloatHistogram& h) {
  if (h.count == 0 || std::isnan(lower) || std::isnan(upper)) return {kNan};
  if (lower >= upper) return {0};

  RankFinder below_lower(lower);
  RankFinder below_upper(upper);
  double rank = 0;   // observations in the buckets passed
  double count = 0;  // those and the bucket at hand
  BucketWalk walk(h);
  while (walk.Next()) {
    HistogramBucket bucket = walk.bucket();
    count += bucket.count;
    const bool is_zero = bucket.lower <= 0 && bucket.upper >= 0;
    if (is_zero) ClampZeroBucket(h, &bucket);
    below_lower.LookAtLowerBound(bucket, rank);
    below_upper.LookAtLowerBound(bucket, rank);
    if (below_lower.found() && below_upper.found()) break;
    below_lower.LookInside(bucket, rank, h.custom() || is_zero);
    below_upper.LookInside(bucket, rank, h.custom() || is_zero);
    if (below_lower.found() && below_upper.found()) break;
    rank += bucket.count;
  }
  NanRemark remark = NanRemark::kNone;
  if (std::isnan(h.sum)) {
    while (walk.Next()) count += walk.bucket().count;
    if (count < h.count) remark = NanRemark::kExcluded;
  } else {
    count = h.count;
  }
  return {(below_upper.RankUpTo(count) - below_lower.RankUpTo(count)) / h.count, remark};
}

double CountOf(const FloatHistogram& h) {
  return h.count;
}

double SumOf(const FloatHistogram& h) {
  return h.sum;
}

double AvgOf(const FloatHistogram& h) {
  return h.sum / h.count;
}

double VarianceOf(const FloatHistogram& h) {
  const double mean = h.sum / h.count;
  KahanSum variance;
  for (BucketWalk walk(h); walk.Next();) {
    const HistogramBucket& bucket = walk.bucket();
    if (bucket.count == 0) continue;
    const double delta = MiddleOf(bucket, h.custom()) - mean;
    variance.Add(bucket.count * delta * delta);
  }
  return (variance.sum + variance.compensation) / h.count;
}

double StddevOf(const FloatHistogram& h) {
  return std::sqrt(VarianceOf(h));
}

}  // namespace silverback

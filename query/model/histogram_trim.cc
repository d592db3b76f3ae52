// Trimming: what is left of a histogram above or below a limit.
#include <cmath>
#include <limits>

#include "query/model/histogram_buckets.h"

namespace silverback {
namespace {

/// What is kept of a bucket, and the value that stands for these observations.
struct Kept {
  double count = 0;
  double midpoint = 0;
};

double Midpoint(double lower, double upper, bool positive, bool linear) {
  if (std::isinf(lower)) {
    if (std::isinf(upper)) return 0;
    return upper > 0 ? upper / 2 : upper;
  }
  if (std::isinf(upper)) return lower;
  if (linear) return (lower + upper) / 2;
  const double mean = std::sqrt(std::abs(lower * upper));
  return positive ? mean : -mean;
}

double ZeroIfInfinite(double value) {
  return std::isinf(value) ? 0 : value;
}

/// A bucket without an end: nobody knows how its observations lie, so that it is kept or dropped whole, but for one that
/// ends at a positive number, which is taken to begin at zero.
Kept KeepOfEndless(const HistogramBucket& bucket, double limit, bool upper) {
  const bool ends_positive = bucket.upper > 0 && !std::isinf(bucket.upper);
  if (std::isinf(bucket.lower) && bucket.lower < 0) {
    if (upper) {
      if (limit >= bucket.upper) return {bucket.count, 0};
      if (limit > 0 && ends_positive) return {bucket.count * limit / bucket.upper, limit / 2};
      if (bucket.upper <= 0) return {bucket.count, limit};
      return {0, ZeroIfInfinite(bucket.upper)};
    }
    if (limit <= bucket.lower) return {bucket.count, 0};
    if (limit >= 0 && bucket.upper > limit && !std::isinf(bucket.upper)) {
      return {bucket.count * (1 - limit / bucket.upper), (limit + bucket.upper) / 2};
    }
    return {0, ZeroIfInfinite(bucket.upper)};
  }
  if (!upper && limit >= bucket.lower) return {bucket.count, limit};
  return {0, ZeroIfInfinite(bucket.lower)};
}

/// A bucket that the limit divides.
Kept KeepOfDivided(const HistogramBucket& bucket, double limit, bool upper, bool positive,
                   bool linear) {
  if (bucket.lower == -std::numeric_limits<double>::infinity() ||
      bucket.upper == std::numeric_limits<double>::infinity()) {
    return KeepOfEndless(bucket, limit, upper);
  }
  const double below = bucket.count * bucket.FractionBelow(limit, linear);
  if (upper) return {below, Midpoint(bucket.lower, limit, positive, linear)};
  return {bucket.count - below, Midpoint(limit, bucket.upper, positive, linear)};
}

Kept KeepOf(const HistogramBucket& bucket, double limit, bool upper, bool positive, bool linear) {
  const bool whole = upper ? bucket.upper <= limit : bucket.lower >= limit;
  if (whole) return {bucket.count, Midpoint(bucket.lower, bucket.upper, positive, linear)};
  const bool divided = upper ? bucket.lower < limit : bucket.upper > limit;
  return divided ? KeepOfDivided(bucket, limit, upper, positive, linear) : Kept{};
}

/// Without buckets of the other sign the zero bucket has observations of one sign.
Kept KeepOfZero(HistogramBucket zero, double limit, bool upper, bool has_positive,
                bool has_negative) {
  if (has_negative && !has_positive) zero.upper = 0;
  if (has_positive && !has_negative) zero.lower = 0;
  const double width = zero.upper - zero.lower;
  const bool nothing = upper ? limit <= zero.lower : limit >= zero.upper;
  const bool all = upper ? limit >= zero.upper : limit <= zero.lower;
  // At a zero bucket of no width both hold; which is looked at first decides.
  if (upper && nothing) return {};
  if (all) return {zero.count, (zero.lower + zero.upper) / 2};
  if (nothing) return {};
  if (upper) return {zero.count * ((limit - zero.lower) / width), (zero.lower + limit) / 2};
  return {zero.count * ((zero.upper - limit) / width), (limit + zero.upper) / 2};
}

}  // namespace

void FloatHistogram::Trim(double limit, bool upper) {
  double kept_count = 0;
  double kept_sum = 0;
  bool trimmed = false;
  bool populated[2] = {false, false};  // negative, positive
  for (const bool is_positive : {true, false}) {
    BucketSide& side = is_positive ? positive : negative;
    const std::vector<int32_t> indexes = side.Indexes();
    for (size_t i = 0; i < indexes.size(); ++i) {
      const HistogramBucket bucket = BucketAt(*this, is_positive, indexes[i], side.counts[i]);
      if (bucket.count == 0) continue;
      populated[is_positive] = true;
      const Kept kept = KeepOf(bucket, limit, upper, is_positive, custom());
      kept_count += kept.count;
      kept_sum += kept.midpoint * kept.count;
      trimmed |= side.counts[i] != kept.count;
      side.counts[i] = kept.count;
    }
  }
  if (zero_count > 0) {
    const Kept kept = KeepOfZero(ZeroBucketOf(*this), limit, upper, populated[1], populated[0]);
    kept_count += kept.count;
    kept_sum += kept.midpoint * kept.count;
    trimmed |= zero_count != kept.count;
    zero_count = kept.count;
  }
  if (!trimmed) return;
  count = kept_count;
  sum = kept_sum;
  Compact();
}

}  // namespace silverback

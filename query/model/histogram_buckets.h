// The buckets of native histograms: their bounds, their order, and how they merge to lower resolutions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "query/model/float_histogram.h"

namespace silverback {

/// The end of bucket `index` that is farther from zero, as a positive number: of exponential buckets. The last bucket
/// of finite values ends at the largest double.
double ExponentialBound(int32_t index, int32_t schema);

/// The bucket of schema `target` that bucket `index` of the finer `schema` lies in.
inline int32_t MergedIndex(int32_t index, int32_t schema, int32_t target) {
  return ((index - 1) >> (schema - target)) + 1;
}

/// `side` with its buckets merged. REQUIRES: exponential schemas, `target` <= `schema`.
BucketSide ReducedSide(const BucketSide& side, int32_t schema, int32_t target);

/// A bucket with its bounds.
struct HistogramBucket {
  double lower = 0;
  double upper = 0;
  bool lower_inclusive = false;
  bool upper_inclusive = false;
  double count = 0;

  /// The share of the bucket's width below `value`, which lies within its finite bounds. Linear, or on a logarithmic
  /// scale.
  double FractionBelow(double value, bool linear) const;
};

/// Bucket `index` of `h`'s positive or negative side.
HistogramBucket BucketAt(const FloatHistogram& h, bool positive, int32_t index, double count);
/// REQUIRES: exponential.
HistogramBucket ZeroBucketOf(const FloatHistogram& h);

/// Walks over all buckets in order of value, upwards or (`descending`) downwards: negative ones, the zero bucket if it
/// has observations, positive ones. Where a bucket overlaps the zero bucket it begins at its border. Borrows `h`.
class BucketWalk {
 public:
  explicit BucketWalk(const FloatHistogram& h, bool descending = false);

  bool Next();
  const HistogramBucket& bucket() const { return bucket_; }

 private:
  struct Side {
    const BucketSide* side = nullptr;
    bool positive = false;
    std::vector<int32_t> indexes;
    size_t left = 0;
  };
  bool TakeFrom(Side* side, bool outermost_first);

  const FloatHistogram& h_;
  Side first_;
  Side last_;
  bool zero_done_ = false;
  HistogramBucket bucket_;
};

}  // namespace silverback

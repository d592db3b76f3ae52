#include "query/model/histogram_buckets.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "engine/base/check.h"

namespace silverback {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// 2^(i / 256 - 1): the bounds within [0.5, 1) of the finest schema, of which coarser ones use every second, fourth, ...
const std::array<double, 256>& Fractions() {
  static const std::array<double, 256> fractions = [] {
    std::array<double, 256> table{};
    for (size_t i = 0; i < table.size(); ++i) {
      table[i] = std::exp2(static_cast<double>(i) / 256 - 1);
    }
    return table;
  }();
  return fractions;
}

double CustomBound(const FloatHistogram& h, int32_t index) {
  if (index < 0) return -kInfinity;
  const auto i = static_cast<size_t>(index);
  return i < h.custom_values.size() ? h.custom_values[i] : kInfinity;
}

double Bound(const FloatHistogram& h, int32_t index) {
  return h.custom() ? CustomBound(h, index) : ExponentialBound(index, h.schema);
}

}  // namespace

double ExponentialBound(int32_t index, int32_t schema) {
  constexpr int kPastLast =
      1024;  // 2^1024 would be infinite; infinities have a bucket of their own
  if (schema < 0) {
    const auto exponent = static_cast<int64_t>(index) * (int64_t{1} << -schema);
    if (exponent == kPastLast) return std::numeric_limits<double>::max();
    return std::ldexp(
        1.0, static_cast<int>(std::min<int64_t>(std::max<int64_t>(exponent, -2000), 2000)));
  }
  const int32_t step = index & ((1 << schema) - 1);
  const double fraction =
      Fractions()[static_cast<size_t>(step) << (FloatHistogram::kFinestSchema - schema)];
  const int exponent = (index >> schema) + 1;
  if (step == 0 && exponent == kPastLast + 1) return std::numeric_limits<double>::max();
  return std::ldexp(fraction, exponent);
}

BucketSide ReducedSide(const BucketSide& side, int32_t schema, int32_t target) {
  BucketSide reduced;
  const std::vector<int32_t> indexes = side.Indexes();
  int32_t next = 0;
  for (size_t i = 0; i < indexes.size(); ++i) {
    const int32_t index = MergedIndex(indexes[i], schema, target);
    if (!reduced.counts.empty() && index == next - 1) {
      reduced.counts.back() += side.counts[i];
    } else {
      reduced.Append(index, side.counts[i], &next);
    }
  }
  return reduced;
}

double HistogramBucket::FractionBelow(double value, bool linear) const {
  if (linear) return (value - lower) / (upper - lower);
  const double log_lower = std::log2(std::abs(lower));
  const double log_upper = std::log2(std::abs(upper));
  const double log_value = std::log2(std::abs(value));
  if (value > 0) return (log_value - log_lower) / (log_upper - log_lower);
  return 1 - (log_value - log_upper) / (log_lower - log_upper);
}

HistogramBucket BucketAt(const FloatHistogram& h, bool positive, int32_t index, double count) {
  HistogramBucket bucket;
  bucket.count = count;
  const double outer = Bound(h, index);
  const double inner = Bound(h, index - 1);
  bucket.lower = positive ? inner : -outer;
  bucket.upper = positive ? outer : -inner;
  if (h.custom()) {
    bucket.lower_inclusive = index == 0;
    bucket.upper_inclusive = true;
  } else {
    bucket.lower_inclusive = bucket.lower < 0;
    bucket.upper_inclusive = bucket.upper > 0;
  }
  return bucket;
}

HistogramBucket ZeroBucketOf(const FloatHistogram& h) {
  return {-h.zero_threshold, h.zero_threshold, true, true, h.zero_count};
}

BucketWalk::BucketWalk(const FloatHistogram& h, bool descending) : h_(h) {
  const auto set = [](const BucketSide& counts, bool positive, Side* side) {
    *side = {&counts, positive, counts.Indexes(), 0};
    side->left = side->indexes.size();
  };
  set(descending ? h.positive : h.negative, descending, &first_);
  set(descending ? h.negative : h.positive, !descending, &last_);
}

bool BucketWalk::TakeFrom(Side* side, bool outermost_first) {
  if (side->left == 0) return false;
  --side->left;
  const size_t i = outermost_first ? side->left : side->indexes.size() - 1 - side->left;
  bucket_ = BucketAt(h_, side->positive, side->indexes[i], side->side->counts[i]);
  if (bucket_.upper < 0 && bucket_.upper > -h_.zero_threshold) {
    bucket_.upper = -h_.zero_threshold;
  } else if (bucket_.lower > 0 && bucket_.lower < h_.zero_threshold) {
    bucket_.lower = h_.zero_threshold;
  }
  return true;
}

bool BucketWalk::Next() {
  if (TakeFrom(&first_, /*outermost_first=*/true)) return true;
  if (!zero_done_) {
    zero_done_ = true;
    if (h_.zero_count > 0) {
      bucket_ = ZeroBucketOf(h_);
      return true;
    }
  }
  return TakeFrom(&last_, /*outermost_first=*/false);
}

}  // namespace silverback

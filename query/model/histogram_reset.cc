// Whether a counter began anew between two histograms.
#include "query/model/histogram_buckets.h"
#include "query/model/histogram_layout.h"

namespace silverback {
namespace {

/// Buckets of one side merged to `schema`, those within the zero bucket left out.
struct ComparedSide {
  BucketSide side;
  std::vector<int32_t> indexes;
  size_t first = 0;

  ComparedSide(const BucketSide& of, int32_t schema, int32_t target, double zero_threshold) {
    side = target == schema ? of : ReducedSide(of, schema, target);
    indexes = side.Indexes();
    if (target == FloatHistogram::kCustomSchema || zero_threshold == 0) return;
    while (first < indexes.size() && ExponentialBound(indexes[first], target) <= zero_threshold) {
      ++first;
    }
  }
};

/// Whether any bucket of `previous` has lost observations.
bool AnyBucketFell(const ComparedSide& current, const ComparedSide& previous) {
  size_t c = current.first;
  for (size_t p = previous.first; p < previous.indexes.size(); ++p) {
    while (c < current.indexes.size() && current.indexes[c] < previous.indexes[p]) ++c;
    const double before = previous.side.counts[p];
    if (c == current.indexes.size() || current.indexes[c] > previous.indexes[p]) {
      if (before != 0) return true;
    } else if (current.side.counts[c] < before) {
      return true;
    }
  }
  return false;
}

/// Whether both have the same buckets and none has lost observations, which is the rule. Buckets within the zero bucket are
/// looked at too: what they say does not matter, but then the others must be looked at.
bool NoneFell(const BucketSide& current, const BucketSide& previous) {
  if (current.spans != previous.spans) return false;
  for (size_t i = 0; i < current.counts.size(); ++i) {
    if (current.counts[i] < previous.counts[i]) return false;
  }
  return true;
}

bool AnyMappedBucketFell(const FloatHistogram& current, const FloatHistogram& previous) {
  const std::vector<double> common = CommonBounds(current.custom_values, previous.custom_values);
  std::vector<double> now(common.size() + 1);
  std::vector<double> before(common.size() + 1);
  ForMappedBuckets(current, common,
                   [&](size_t to, size_t from) { now[to] += current.positive.counts[from]; });
  ForMappedBuckets(previous, common,
                   [&](size_t to, size_t from) { before[to] += previous.positive.counts[from]; });
  for (size_t i = 0; i < now.size(); ++i) {
    if (now[i] < before[i]) return true;
  }
  return false;
}

/// Whether a zero bucket of `h`'s that reaches up to `threshold` would be `*count`; false if `threshold` lies within a
/// populated bucket.
bool ZeroCountUpTo(const FloatHistogram& h, double threshold, double* count) {
  *count = h.zero_count;
  if (threshold == h.zero_threshold) return true;
  for (const BucketSide* side : {&h.positive, &h.negative}) {
    const std::vector<int32_t> indexes = side->Indexes();
    for (size_t i = 0; i < indexes.size(); ++i) {
      if (ExponentialBound(indexes[i] - 1, h.schema) >= threshold) break;
      if (ExponentialBound(indexes[i], h.schema) > threshold && side->counts[i] != 0) return false;
      *count += side->counts[i];
    }
  }
  return true;
}

}  // namespace

bool FloatHistogram::DetectReset(const FloatHistogram& previous) const {
  if (hint == ResetHint::kReset) return true;
  if (hint == ResetHint::kNotReset) return false;
  if (count < previous.count) return true;
  if (custom()) {
    if (!previous.custom()) return true;
    if (custom_values != previous.custom_values) return AnyMappedBucketFell(*this, previous);
  }
  // Neither can the resolution grow nor the zero bucket shrink without a restart.
  if (schema > previous.schema || zero_threshold < previous.zero_threshold) return true;
  double previous_zero = 0;
  if (!ZeroCountUpTo(previous, zero_threshold, &previous_zero)) return true;
  if (zero_count < previous_zero) return true;
  if (schema == previous.schema && NoneFell(positive, previous.positive) &&
      NoneFell(negative, previous.negative)) {
    return false;
  }
  const auto compared = [this](const BucketSide& side, int32_t of_schema) {
    return ComparedSide(side, of_schema, schema, zero_threshold);
  };
  return AnyBucketFell(compared(positive, schema), compared(previous.positive, previous.schema)) ||
         AnyBucketFell(compared(negative, schema), compared(previous.negative, previous.schema));
}

}  // namespace silverback

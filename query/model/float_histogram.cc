#include "query/model/float_histogram.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/base/value.h"
#include "query/model/histogram_buckets.h"

namespace silverback {
namespace {

bool AnyInfinite(const std::vector<double>& values) {
  return std::any_of(values.begin(), values.end(), [](double v) { return std::isinf(v); });
}

bool SameValues(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), SameBits);
}

bool SameSide(const BucketSide& a, const BucketSide& b) {
  if (!SameValues(a.counts, b.counts)) return false;
  return a.spans == b.spans || a.Indexes() == b.Indexes();
}

void CompactSide(BucketSide* side) {
  const bool empty_bucket =
      std::find(side->counts.begin(), side->counts.end(), 0.0) != side->counts.end();
  bool odd_span = false;
  for (size_t i = 0; i < side->spans.size(); ++i) {
    odd_span |= side->spans[i].length == 0 || (i > 0 && side->spans[i].offset == 0);
  }
  if (!empty_bucket && !odd_span) return;
  const std::vector<int32_t> indexes = side->Indexes();
  BucketSide compact;
  compact.counts.reserve(indexes.size());
  int32_t next = 0;
  for (size_t i = 0; i < indexes.size(); ++i) {
    if (side->counts[i] != 0) compact.Append(indexes[i], side->counts[i], &next);
  }
  *side = std::move(compact);
}

size_t SideBytes(const BucketSide& side) {
  return side.spans.capacity() * sizeof(BucketSpan) + side.counts.capacity() * sizeof(double);
}

}  // namespace

void BucketSide::Append(int32_t index, double count, int32_t* next) {
  if (spans.empty() || index != *next) {
    spans.push_back({spans.empty() ? index : index - *next, 0});
  }
  ++spans.back().length;
  counts.push_back(count);
  *next = index + 1;
}

std::vector<int32_t> BucketSide::Indexes() const {
  std::vector<int32_t> indexes;
  indexes.reserve(counts.size());
  int32_t index = 0;
  for (const BucketSpan& span : spans) {
    index += span.offset;
    for (uint32_t i = 0; i < span.length && indexes.size() < counts.size(); ++i) {
      indexes.push_back(index++);
    }
  }
  return indexes;
}

void FloatHistogram::Multiply(double factor) {
  zero_count *= factor;
  count *= factor;
  sum *= factor;
  for (double& c : positive.counts) c *= factor;
  for (double& c : negative.counts) c *= factor;
  if (factor < 0) hint = ResetHint::kGauge;
}

void FloatHistogram::Divide(double divisor) {
  zero_count /= divisor;
  count /= divisor;
  sum /= divisor;
  if (divisor == 0) {
    positive = {};
    negative = {};
    return;
  }
  for (double& c : positive.counts) c /= divisor;
  for (double& c : negative.counts) c /= divisor;
  if (divisor < 0) hint = ResetHint::kGauge;
}

void FloatHistogram::Compact() {
  CompactSide(&positive);
  CompactSide(&negative);
}

void FloatHistogram::ReduceResolution(int32_t target) {
  if (target == schema) return;
  positive = ReducedSide(positive, schema, target);
  negative = ReducedSide(negative, schema, target);
  schema = target;
}

bool FloatHistogram::HasInfinity() const {
  return std::isinf(zero_count) || std::isinf(count) || std::isinf(sum) ||
         AnyInfinite(positive.counts) || AnyInfinite(negative.counts) || AnyInfinite(custom_values);
}

bool FloatHistogram::Equals(const FloatHistogram& other) const {
  return schema == other.schema && SameBits(count, other.count) && SameBits(sum, other.sum) &&
         (!custom() || custom_values == other.custom_values) &&
         zero_threshold == other.zero_threshold && SameBits(zero_count, other.zero_count) &&
         SameSide(negative, other.negative) && SameSide(positive, other.positive);
}

size_t FloatHistogram::memory_bytes() const {
  return sizeof *this + SideBytes(positive) + SideBytes(negative) +
         custom_values.capacity() * sizeof(double);
}

size_t FloatHistogram::equivalent_samples() const {
  // The sizes of upstream's structures, divided by that of a float sample.
  constexpr size_t kPointAndHeader = 8 + 168;
  constexpr size_t kItem = 8;
  constexpr size_t kFloatSample = 16;
  const size_t items = positive.spans.size() + negative.spans.size() + positive.counts.size() +
                       negative.counts.size() + custom_values.size();
  return (kPointAndHeader + items * kItem) / kFloatSample;
}

}  // namespace silverback

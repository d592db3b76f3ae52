#include "engine/histogram/native_histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

namespace silverback {
namespace {

constexpr std::string_view kNegativeOffset = "histogram has a span whose offset is negative";
constexpr std::string_view kNegativeBucket =
    "histogram has a bucket whose observation count is negative";
constexpr std::string_view kSpansMismatch =
    "histogram spans specify different number of buckets than provided";

Status SpansMismatch(uint64_t needed, size_t buckets) {
  return InvalidArgument("spans need {} buckets, have {} buckets: {}", needed, buckets,
                         kSpansMismatch);
}

Status NegativeOffset(size_t span, int32_t offset) {
  return InvalidArgument("span number {} with offset {}: {}", span + 1, offset, kNegativeOffset);
}

Status CheckSpans(std::span<const HistogramSpan> spans, size_t buckets) {
  uint64_t needed = 0;
  for (size_t i = 0; i < spans.size(); ++i) {
    if (i > 0 && spans[i].offset < 0) return NegativeOffset(i, spans[i].offset);
    needed += spans[i].length;
  }
  return needed == buckets ? Status() : SpansMismatch(needed, buckets);
}

Status CheckIndexes(std::span<const HistogramSpan> spans) {
  int64_t index = 0;
  for (const HistogramSpan& span : spans) {
    index += span.offset;
    index += span.length;
    if (index > std::numeric_limits<int32_t>::max()) {
      return InvalidArgument("histogram has a bucket whose index {} is out of range", index - 1);
    }
  }
  return {};
}

Status CheckCounts(std::span<const HistogramCount> counts, bool is_float) {
  for (size_t i = 0; i < counts.size(); ++i) {
    const auto integer = static_cast<int64_t>(counts[i]);
    if (is_float && ValueOf(counts[i]) < 0) {
      return InvalidArgument("bucket number {} has observation count of {}: {}", i + 1,
                             ValueOf(counts[i]), kNegativeBucket);
    }
    if (!is_float && integer < 0) {
      return InvalidArgument("bucket number {} has observation count of {}: {}", i + 1, integer,
                             kNegativeBucket);
    }
  }
  return {};
}

Status CheckBounds(std::span<const double> bounds) {
  double previous = -std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < bounds.size(); ++i) {
    if (std::isnan(bounds[i])) return InvalidArgument("histogram custom bounds must not be NaN");
    if (i > 0 && bounds[i] <= previous) {
      return InvalidArgument(
          "previous bound is {:.6f} and current is {:.6f}: histogram custom bounds must be in "
          "strictly increasing order",
          previous, bounds[i]);
    }
    previous = bounds[i];
  }
  if (previous == std::numeric_limits<double>::infinity()) {
    return InvalidArgument(
        "last +Inf bound must not be explicitly defined: histogram custom bounds must be finite");
  }
  return {};
}

Status CheckCustomBuckets(const NativeHistogram& histogram) {
  RETURN_IF_ERROR(CheckBounds(histogram.custom_values));
  uint64_t needed = 0;
  uint64_t covered = 0;
  for (size_t i = 0; i < histogram.positive_spans.size(); ++i) {
    const HistogramSpan& span = histogram.positive_spans[i];
    if (span.offset < 0) return NegativeOffset(i, span.offset);
    needed += span.length;
    covered += uint64_t{span.length} + static_cast<uint64_t>(span.offset);
  }
  if (needed != histogram.positive_counts.size()) {
    return SpansMismatch(needed, histogram.positive_counts.size());
  }
  if (histogram.custom_values.size() + 1 < covered) {
    return InvalidArgument(
        "only {} custom bounds defined which is insufficient to cover total span length of {}: "
        "histogram custom bounds are too few",
        histogram.custom_values.size(), covered);
  }
  return {};
}

Status CheckUnusedByCustom(const NativeHistogram& histogram) {
  const bool zero_count = histogram.ToDouble(histogram.zero_count) != 0;
  if (zero_count) return InvalidArgument("custom buckets: must have zero count of 0");
  if (histogram.zero_threshold != 0) {
    return InvalidArgument("custom buckets: must have zero threshold of 0");
  }
  if (!histogram.negative_spans.empty()) {
    return InvalidArgument("custom buckets: must not have negative spans");
  }
  if (!histogram.negative_counts.empty()) {
    return InvalidArgument("custom buckets: must not have negative buckets");
  }
  return {};
}

Status CheckExponential(const NativeHistogram& histogram) {
  RETURN_IF_ERROR(WithContext(
      CheckSpans(histogram.positive_spans, histogram.positive_counts.size()), "positive side"));
  RETURN_IF_ERROR(WithContext(
      CheckSpans(histogram.negative_spans, histogram.negative_counts.size()), "negative side"));
  RETURN_IF_ERROR(
      WithContext(CheckCounts(histogram.negative_counts, histogram.is_float), "negative side"));
  if (histogram.is_float && ValueOf(histogram.zero_count) < 0) {
    return InvalidArgument("zero bucket has observation count of {}: {}",
                           ValueOf(histogram.zero_count), kNegativeBucket);
  }
  if (!histogram.custom_values.empty()) {
    return InvalidArgument("histogram with exponential schema must not have custom bounds");
  }
  return {};
}

uint64_t SumOf(std::span<const HistogramCount> counts) {
  uint64_t sum = 0;
  for (const HistogramCount count : counts) sum += count;
  return sum;
}

Status CheckTotal(const NativeHistogram& histogram) {
  if (histogram.is_float) return {};
  const uint64_t total =
      histogram.zero_count + SumOf(histogram.positive_counts) + SumOf(histogram.negative_counts);
  // Observations of NaN are counted, but in no bucket.
  if (std::isnan(histogram.sum)) {
    if (total <= histogram.count) return {};
    return InvalidArgument(
        "{} observations found in buckets, but the Count field is {}: histogram's observation "
        "count "
        "should be at least the number of observations found in the buckets",
        total, histogram.count);
  }
  if (total == histogram.count) return {};
  return InvalidArgument(
      "{} observations found in buckets, but the Count field is {}: histogram's observation count "
      "should equal the number of observations found in the buckets (in absence of NaN)",
      total, histogram.count);
}

Status CheckSize(const NativeHistogram& histogram) {
  const size_t buckets = histogram.positive_counts.size() + histogram.negative_counts.size();
  const size_t spans = histogram.positive_spans.size() + histogram.negative_spans.size();
  if (buckets > kMaxHistogramBuckets) {
    return InvalidArgument("histogram has {} buckets, the limit is {}", buckets,
                           kMaxHistogramBuckets);
  }
  if (spans > kMaxHistogramSpans) {
    return InvalidArgument("histogram has {} spans, the limit is {}", spans, kMaxHistogramSpans);
  }
  if (histogram.custom_values.size() > kMaxHistogramCustomValues) {
    return InvalidArgument("histogram has {} custom bounds, the limit is {}",
                           histogram.custom_values.size(), kMaxHistogramCustomValues);
  }
  return {};
}

/// The bucket of `target` that bucket `index` of `schema` falls into.
int64_t TargetIndex(int64_t index, int32_t schema, int32_t target) {
  return ((index - 1) >> (schema - target)) + 1;
}

HistogramCount AddCounts(HistogramCount a, HistogramCount b, bool is_float) {
  return is_float ? BitsOf(ValueOf(a) + ValueOf(b)) : a + b;
}

Status ReduceSide(int32_t schema, int32_t target, bool is_float, std::vector<HistogramSpan>* spans,
                  std::vector<HistogramCount>* counts) {
  RETURN_IF_ERROR(CheckSpans(*spans, counts->size()));
  RETURN_IF_ERROR(CheckIndexes(*spans));
  std::vector<HistogramSpan> new_spans;
  std::vector<HistogramCount> new_counts;
  int64_t index = 0;
  int64_t last = 0;
  size_t at = 0;
  for (const HistogramSpan& span : *spans) {
    index += span.offset;
    for (uint32_t i = 0; i < span.length; ++i, ++index) {
      const int64_t into = TargetIndex(index, schema, target);
      const HistogramCount count = (*counts)[at++];
      if (!new_spans.empty() && into == last) {
        new_counts.back() = AddCounts(new_counts.back(), count, is_float);
        continue;
      }
      if (new_spans.empty() || into != last + 1) {
        const int64_t offset = new_spans.empty() ? into : into - last - 1;
        new_spans.push_back({static_cast<int32_t>(offset), 0});
      }
      ++new_spans.back().length;
      new_counts.push_back(count);
      last = into;
    }
  }
  spans->swap(new_spans);
  counts->swap(new_counts);
  return {};
}

bool SameDoubles(std::span<const double> a, std::span<const double> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), SameBits);
}

}  // namespace

NativeHistogram NativeHistogram::StaleMarker() {
  NativeHistogram marker;
  marker.sum = ValueOf(kStaleNanBits);
  return marker;
}

Status NativeHistogram::Validate() const {
  if (has_custom_buckets()) {
    RETURN_IF_ERROR(WithContext(CheckCustomBuckets(*this), "custom buckets"));
    RETURN_IF_ERROR(CheckUnusedByCustom(*this));
  } else if (schema >= kMinExponentialSchema && schema <= kMaxExponentialSchema) {
    RETURN_IF_ERROR(CheckExponential(*this));
  } else {
    return InvalidArgument(
        "histogram has an invalid schema, which must be between {} and {} for exponential buckets, "
        "or {} for custom buckets, got schema {}",
        kMinExponentialSchema, kMaxExponentialSchema, kCustomBucketsSchema, schema);
  }
  if (is_float && ValueOf(count) < 0) {
    return InvalidArgument("observation count is  {}: histogram's observation count is negative",
                           ValueOf(count));
  }
  RETURN_IF_ERROR(WithContext(CheckCounts(positive_counts, is_float), "positive side"));
  RETURN_IF_ERROR(CheckTotal(*this));
  RETURN_IF_ERROR(CheckSize(*this));
  RETURN_IF_ERROR(WithContext(CheckIndexes(positive_spans), "positive side"));
  return WithContext(CheckIndexes(negative_spans), "negative side");
}

Status NativeHistogram::ReduceResolution(int32_t target) {
  RETURN_IF_ERROR(ReduceSide(schema, target, is_float, &positive_spans, &positive_counts));
  RETURN_IF_ERROR(ReduceSide(schema, target, is_float, &negative_spans, &negative_counts));
  schema = target;
  return {};
}

size_t NativeHistogram::memory_bytes() const {
  return sizeof(*this) +
         (positive_spans.capacity() + negative_spans.capacity()) * sizeof(HistogramSpan) +
         (positive_counts.capacity() + negative_counts.capacity()) * sizeof(HistogramCount) +
         custom_values.capacity() * sizeof(double);
}

bool NativeHistogram::SameLayout(const NativeHistogram& other) const {
  return is_float == other.is_float && schema == other.schema &&
         SameBits(zero_threshold, other.zero_threshold) && positive_spans == other.positive_spans &&
         negative_spans == other.negative_spans &&
         positive_counts.size() == other.positive_counts.size() &&
         negative_counts.size() == other.negative_counts.size() &&
         SameDoubles(custom_values, other.custom_values);
}

bool operator==(const NativeHistogram& a, const NativeHistogram& b) {
  return a.SameLayout(b) && a.reset_hint == b.reset_hint && a.zero_count == b.zero_count &&
         a.count == b.count && SameBits(a.sum, b.sum) && a.positive_counts == b.positive_counts &&
         a.negative_counts == b.negative_counts;
}

}  // namespace silverback

#include "engine/histogram/histogram_stream.h"

#include "engine/base/coding.h"
#include "engine/base/hash.h"
#include "engine/base/residuals.h"

namespace silverback {
namespace {

// The first byte of each histogram.
constexpr uint8_t kSameLayout = 1;
constexpr uint8_t kFloat = 2;
constexpr unsigned kHintShift = 2;
constexpr uint8_t kKnownBits = 15;

void PutSpans(std::string* out, const std::vector<HistogramSpan>& spans) {
  PutVarint(out, spans.size());
  for (const HistogramSpan& span : spans) {
    PutSignedVarint(out, span.offset);
    PutVarint(out, span.length);
  }
}

void PutLayout(std::string* out, const NativeHistogram& histogram) {
  PutSignedVarint(out, histogram.schema);
  PutFixed(out, BitsOf(histogram.zero_threshold));
  PutSpans(out, histogram.positive_spans);
  PutSpans(out, histogram.negative_spans);
  PutVarint(out, histogram.custom_values.size());
  for (const double bound : histogram.custom_values) PutFixed(out, BitsOf(bound));
}

/// What a count is stored as, given the one that it is likely near to. Doubles that are near differ
/// in their middle bits: the last bits of both are mostly zeros, and come last.
int64_t Residual(HistogramCount count, HistogramCount base, bool is_float) {
  return static_cast<int64_t>(is_float ? __builtin_bswap64(count ^ base) : count - base);
}
HistogramCount FromResidual(int64_t residual, HistogramCount base, bool is_float) {
  const auto raw = static_cast<uint64_t>(residual);
  return is_float ? __builtin_bswap64(raw) ^ base : base + raw;
}

/// Calls `visit` with each count and the one that it is stored beside: that of the predecessor, if it
/// has the same layout, otherwise that of the bucket before.
template <typename Histogram, typename Visit>
bool ForEachCount(Histogram& histogram, const NativeHistogram* predecessor, const Visit& visit) {
  const auto side = [&](auto& counts, const std::vector<HistogramCount>* before) {
    HistogramCount last = 0;
    for (size_t i = 0; i < counts.size(); ++i) {
      if (!visit(counts[i], before != nullptr ? (*before)[i] : last)) return false;
      last = counts[i];
    }
    return true;
  };
  const bool relative = predecessor != nullptr;
  return visit(histogram.count, relative ? predecessor->count : 0) &&
         visit(histogram.zero_count, relative ? predecessor->zero_count : 0) &&
         side(histogram.positive_counts, relative ? &predecessor->positive_counts : nullptr) &&
         side(histogram.negative_counts, relative ? &predecessor->negative_counts : nullptr);
}

}  // namespace

void HistogramStreamWriter::Add(const NativeHistogram& histogram, std::string* out) {
  const bool same = any_ && histogram.SameLayout(last_);
  out->push_back(static_cast<char>((same ? kSameLayout : 0) | (histogram.is_float ? kFloat : 0) |
                                   static_cast<uint8_t>(histogram.reset_hint) << kHintShift));
  if (!same) PutLayout(out, histogram);
  PutFixed(out, BitsOf(histogram.sum));
  ResidualWriter residuals(out);
  ForEachCount(histogram, same ? &last_ : nullptr, [&](HistogramCount count, HistogramCount base) {
    residuals.Add(Residual(count, base, histogram.is_float));
    return true;
  });
  residuals.Finish();
  last_ = histogram;
  any_ = true;
}

bool HistogramStreamReader::ReadSpans(std::vector<HistogramSpan>* spans, uint64_t* buckets) {
  uint64_t count = 0;
  // Each span takes at least two bytes, so a damaged count cannot make us allocate.
  if (!GetVarint(&in_, &count) || count > kMaxHistogramSpans || count > in_.size() / 2) {
    return false;
  }
  spans->resize(count);
  for (HistogramSpan& span : *spans) {
    int64_t offset = 0;
    uint64_t length = 0;
    if (!GetSignedVarint(&in_, &offset) || !GetVarint(&in_, &length) ||
        offset != static_cast<int32_t>(offset) || length > kMaxHistogramBuckets) {
      return false;
    }
    span = {static_cast<int32_t>(offset), static_cast<uint32_t>(length)};
    *buckets += length;
  }
  return *buckets <= kMaxHistogramBuckets;
}

bool HistogramStreamReader::ReadLayout() {
  int64_t schema = 0;
  uint64_t threshold = 0;
  uint64_t positive = 0;
  uint64_t negative = 0;
  uint64_t bounds = 0;
  if (!GetSignedVarint(&in_, &schema) || schema != static_cast<int32_t>(schema) ||
      !GetFixed(&in_, &threshold) || !ReadSpans(&last_.positive_spans, &positive) ||
      !ReadSpans(&last_.negative_spans, &negative) || positive + negative > kMaxHistogramBuckets ||
      !GetVarint(&in_, &bounds) || bounds > kMaxHistogramCustomValues ||
      bounds > in_.size() / sizeof(double)) {
    return false;
  }
  last_.schema = static_cast<int32_t>(schema);
  last_.zero_threshold = ValueOf(threshold);
  last_.custom_values.resize(bounds);
  for (double& bound : last_.custom_values) {
    uint64_t bits = 0;
    if (!GetFixed(&in_, &bits)) return false;
    bound = ValueOf(bits);
  }
  last_.positive_counts.assign(positive, 0);
  last_.negative_counts.assign(negative, 0);
  return true;
}

bool HistogramStreamReader::ReadCounts(bool relative) {
  ResidualReader residuals(in_, 2 + last_.positive_counts.size() + last_.negative_counts.size());
  // In place: what is overwritten is the predecessor's.
  const bool whole = ForEachCount(last_, relative ? &last_ : nullptr,
                                  [&](HistogramCount& count, HistogramCount base) {
                                    int64_t residual = 0;
                                    if (!residuals.Next(&residual)) return false;
                                    count = FromResidual(residual, base, last_.is_float);
                                    return true;
                                  });
  in_ = residuals.rest();
  return whole;
}

bool HistogramStreamReader::ReadNumber(int64_t* number) {
  return GetSignedVarint(&in_, number);
}

bool HistogramStreamReader::Next(NativeHistogram* histogram) {
  uint8_t flags = 0;
  if (!GetFixed(&in_, &flags) || flags > kKnownBits) return false;
  const bool same = (flags & kSameLayout) != 0;
  const bool is_float = (flags & kFloat) != 0;
  if (same && (!any_ || is_float != last_.is_float)) return false;
  last_.is_float = is_float;
  last_.reset_hint = static_cast<CounterResetHint>(flags >> kHintShift);
  any_ = false;
  if (!same && !ReadLayout()) return false;
  uint64_t sum = 0;
  if (!GetFixed(&in_, &sum) || !ReadCounts(same)) return false;
  last_.sum = ValueOf(sum);
  any_ = true;
  *histogram = last_;
  return true;
}

uint64_t HashHistogram(const NativeHistogram& histogram) {
  std::string bytes;
  HistogramStreamWriter().Add(histogram, &bytes);
  return Hash64(bytes);
}

}  // namespace silverback

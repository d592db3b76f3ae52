#include "query/remote_read/histogram_chunk.h"

#include <cmath>
#include <span>

#include "engine/base/check.h"

namespace silverback::remote_read {
namespace {

constexpr uint8_t kResetFlag = 0x80;
constexpr uint8_t kGaugeFlag = 0xc0;
/// Bounds of custom buckets up to it are written in thousandths.
constexpr double kMaxThousandths = 33'554'430;

void PutZeroThreshold(double threshold, BitWriter* out) {
  if (threshold == 0) return out->PutByte(0);
  int exponent = 0;
  if (std::frexp(threshold, &exponent) == 0.5 && exponent >= -242 && exponent <= 11) {
    return out->PutByte(static_cast<uint8_t>(exponent + 243));
  }
  out->PutByte(255);
  out->PutDouble(threshold);
}

void PutSpans(std::span<const HistogramSpan> spans, BitWriter* out) {
  out->PutVarbitUint(spans.size());
  for (const HistogramSpan& span : spans) {
    out->PutVarbitUint(span.length);
    out->PutVarbitInt(span.offset);
  }
}

void PutBound(double bound, BitWriter* out) {
  const double thousandths = bound * 1000;
  if (thousandths >= 0 && thousandths <= kMaxThousandths &&
      std::round(thousandths) / 1000 == bound) {
    return out->PutVarbitUint(static_cast<uint64_t>(std::round(thousandths)) + 1);
  }
  out->PutBits(0, 1);
  out->PutDouble(bound);
}

/// Calls `take` for each bucket, as Prometheus counts them: integers by the difference to the one to the left.
template <typename Take>
void ForEachDelta(const NativeHistogram& histogram, const Take& take) {
  for (const auto* counts : {&histogram.positive_counts, &histogram.negative_counts}) {
    uint64_t left = 0;
    for (const HistogramCount count : *counts) {
      take(count - left);
      left = count;
    }
  }
}

template <typename Take>
void ForEachCount(const NativeHistogram& histogram, const Take& take) {
  take(histogram.count);
  take(histogram.zero_count);
  for (const HistogramCount count : histogram.positive_counts) take(count);
  for (const HistogramCount count : histogram.negative_counts) take(count);
}

/// Whether any count is less than the one before. REQUIRES: the same layout.
bool IsBelow(const NativeHistogram& histogram, const NativeHistogram& before) {
  std::vector<double> counts;
  ForEachCount(before, [&](HistogramCount raw) { counts.push_back(before.ToDouble(raw)); });
  bool below = false;
  size_t i = 0;
  ForEachCount(histogram,
               [&](HistogramCount raw) { below |= histogram.ToDouble(raw) < counts[i++]; });
  return below;
}

}  // namespace

bool HistogramChunk::Fits(const NativeHistogram& histogram) const {
  if (count_ == 0) return true;
  if (histogram.IsStale() || last_.IsStale() || !histogram.SameLayout(last_)) return false;
  const bool gauge = last_.reset_hint == CounterResetHint::kGauge;
  if (gauge != (histogram.reset_hint == CounterResetHint::kGauge)) return false;
  return gauge || (histogram.reset_hint != CounterResetHint::kReset && !IsBelow(histogram, last_));
}

void HistogramChunk::Append(TimestampMs t, const NativeHistogram& histogram) {
  SB_DCHECK(count_ < 65535);
  SB_DCHECK(Fits(histogram));
  if (count_ == 0) {
    PutLayout(histogram);
    time_ = {};
    bits_.PutVarbitInt(t);
    time_.value = static_cast<uint64_t>(t);
    PutFirst(histogram);
    last_ = histogram;
  } else {
    time_.Put(static_cast<uint64_t>(t), &bits_);
    PutNext(histogram);
    const CounterResetHint first = last_.reset_hint;
    last_ = histogram;
    last_.reset_hint = first;
  }
  ++count_;
}

void HistogramChunk::PutLayout(const NativeHistogram& histogram) {
  PutZeroThreshold(histogram.zero_threshold, &bits_);
  bits_.PutVarbitInt(histogram.schema);
  PutSpans(histogram.positive_spans, &bits_);
  PutSpans(histogram.negative_spans, &bits_);
  if (!histogram.has_custom_buckets()) return;
  bits_.PutVarbitUint(histogram.custom_values.size());
  for (const double bound : histogram.custom_values) PutBound(bound, &bits_);
}

void HistogramChunk::PutFirst(const NativeHistogram& histogram) {
  integers_.clear();
  floats_.clear();
  if (histogram.is_float) {
    const auto start = [&](HistogramCount raw) {
      floats_.emplace_back().Start(histogram.ToDouble(raw), &bits_);
    };
    start(histogram.count);
    start(histogram.zero_count);
    sum_.Start(histogram.sum, &bits_);
    for (const HistogramCount count : histogram.positive_counts) start(count);
    for (const HistogramCount count : histogram.negative_counts) start(count);
    return;
  }
  const auto keep = [&](uint64_t value) { integers_.push_back({.value = value}); };
  bits_.PutVarbitUint(histogram.count);
  bits_.PutVarbitUint(histogram.zero_count);
  keep(histogram.count);
  keep(histogram.zero_count);
  sum_.Start(histogram.sum, &bits_);
  ForEachDelta(histogram, [&](uint64_t delta) {
    bits_.PutVarbitInt(static_cast<int64_t>(delta));
    keep(delta);
  });
}

void HistogramChunk::PutNext(const NativeHistogram& histogram) {
  histogram.is_float ? PutFloats(histogram) : PutIntegers(histogram);
}

void HistogramChunk::PutIntegers(const NativeHistogram& histogram) {
  integers_[0].Put(histogram.count, &bits_);
  integers_[1].Put(histogram.zero_count, &bits_);
  sum_.Put(histogram.sum, &bits_);
  size_t i = 2;
  ForEachDelta(histogram, [&](uint64_t delta) { integers_[i++].Put(delta, &bits_); });
}

void HistogramChunk::PutFloats(const NativeHistogram& histogram) {
  floats_[0].Put(histogram.ToDouble(histogram.count), &bits_);
  floats_[1].Put(histogram.ToDouble(histogram.zero_count), &bits_);
  sum_.Put(histogram.sum, &bits_);
  size_t i = 2;
  for (const auto* counts : {&histogram.positive_counts, &histogram.negative_counts}) {
    for (const HistogramCount count : *counts) floats_[i++].Put(histogram.ToDouble(count), &bits_);
  }
}

void HistogramChunk::Integer::Put(uint64_t next, BitWriter* out) {
  const uint64_t next_change = next - value;
  out->PutVarbitInt(static_cast<int64_t>(next_change - change));
  value = next;
  change = next_change;
}

std::string HistogramChunk::Take() {
  uint8_t flags = 0;
  if (last_.reset_hint == CounterResetHint::kReset) flags = kResetFlag;
  if (last_.reset_hint == CounterResetHint::kGauge) flags = kGaugeFlag;
  const std::string chunk = {static_cast<char>(count_ >> 8), static_cast<char>(count_ & 0xff),
                             static_cast<char>(flags)};
  count_ = 0;
  return chunk + bits_.Take();
}

}  // namespace silverback::remote_read

// Series of native histograms as they come, and as they should not: for property tests.
#pragma once

#include <limits>
#include <random>
#include <vector>

#include "engine/histogram/native_histogram.h"

namespace silverback::testing {

/// Valid histograms of one series, each a little more than the one before; now and then other
/// buckets, a reset, a staleness marker, another flavour or schema, extreme numbers.
class RandomHistograms {
 public:
  explicit RandomHistograms(uint64_t seed) : random_(seed) { NewLayout(); }

  NativeHistogram Next() {
    if (Chance(40)) NewLayout();
    if (Chance(60)) return NativeHistogram::StaleMarker();
    if (Chance(30)) histogram_.reset_hint = static_cast<CounterResetHint>(random_() % 4);
    if (Chance(50)) Clear();
    for (HistogramCount& count : histogram_.positive_counts) Grow(&count);
    for (HistogramCount& count : histogram_.negative_counts) Grow(&count);
    if (!histogram_.has_custom_buckets()) Grow(&histogram_.zero_count);
    histogram_.sum += Chance(20) ? -0.1 * static_cast<double>(random_() % 100)
                                 : static_cast<double>(random_() % 1000) / 8;
    SetCount();
    return histogram_;
  }

 private:
  bool Chance(unsigned one_in) { return random_() % one_in == 0; }

  std::vector<HistogramSpan> Spans(size_t* buckets) {
    std::vector<HistogramSpan> spans;
    const size_t count = random_() % 4;
    for (size_t i = 0; i < count; ++i) {
      int32_t offset = static_cast<int32_t>(random_() % 5);
      if (i == 0 && histogram_.schema != kCustomBucketsSchema) offset -= 2;
      spans.push_back({offset, static_cast<uint32_t>(random_() % 9)});
      *buckets += spans.back().length;
    }
    return spans;
  }

  void NewLayout() {
    histogram_ = NativeHistogram();
    histogram_.is_float = Chance(3);
    histogram_.schema = Chance(4) ? kCustomBucketsSchema : static_cast<int32_t>(random_() % 13) - 4;
    size_t positive = 0;
    size_t negative = 0;
    histogram_.positive_spans = Spans(&positive);
    if (histogram_.has_custom_buckets()) {
      for (int i = 0; i < 50; ++i) histogram_.custom_values.push_back(i * 0.25 - 1);
    } else {
      histogram_.zero_threshold = Chance(2) ? 0x1p-128 : 0.001;
      histogram_.negative_spans = Spans(&negative);
    }
    histogram_.positive_counts.assign(positive, 0);
    histogram_.negative_counts.assign(negative, 0);
  }

  void Clear() {
    for (HistogramCount& count : histogram_.positive_counts) count = 0;
    for (HistogramCount& count : histogram_.negative_counts) count = 0;
    histogram_.zero_count = 0;
  }

  void Grow(HistogramCount* count) {
    if (Chance(2)) return;
    const uint64_t more = Chance(200) ? random_() >> 20 : random_() % 20;
    *count = histogram_.is_float
                 ? BitsOf(ValueOf(*count) + static_cast<double>(more) / (Chance(4) ? 3 : 1))
                 : (*count + more) >> 1 << 1;
  }

  void SetCount() {
    if (histogram_.is_float) {
      histogram_.count = BitsOf(static_cast<double>(random_() % 100000) / 7);
      return;
    }
    uint64_t total = histogram_.zero_count;
    for (const HistogramCount count : histogram_.positive_counts) total += count;
    for (const HistogramCount count : histogram_.negative_counts) total += count;
    histogram_.count = total;
    if (Chance(100)) {
      histogram_.sum = std::numeric_limits<double>::quiet_NaN();
      histogram_.count += random_() % 5;
    } else if (!(histogram_.sum == histogram_.sum)) {
      histogram_.sum = 0;
    }
  }

  std::mt19937_64 random_;
  NativeHistogram histogram_;
};

}  // namespace silverback::testing

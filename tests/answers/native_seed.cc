#include <algorithm>
#include <string>
#include <vector>

#include "engine/base/value.h"
#include "tests/answers/seeds.h"

namespace silverback::answers {
namespace {

const std::vector<double> kBounds = {0.05, 0.1, 0.25, 0.5, 1};

struct Shape {
  bool is_float = false;
  CounterResetHint hint = CounterResetHint::kUnknown;
  int32_t schema = 3;
  int32_t first = -4;            // index of the lowest bucket
  uint32_t buckets = 6;          // at the end; fewer at first
  bool negative = false;         // two buckets below zero
  int reset_every = 0;           // scrapes; 0: never
  std::vector<double> bounds{};  // of custom buckets
};

/// One series' histogram from scrape to scrape.
class Histograms {
 public:
  Histograms(uint64_t seed, Shape shape)
      : noise_(seed), shape_(std::move(shape)), positive_(shape_.buckets), negative_(2) {}

  NativeHistogram Next(int scrape) {
    if (shape_.reset_every > 0 && scrape > 0 && scrape % shape_.reset_every == 0) {
      *this = Histograms(static_cast<uint64_t>(scrape), shape_);
    }
    const bool custom = !shape_.bounds.empty();
    if (shape_.hint == CounterResetHint::kGauge) *this = Histograms(noise_.Seed(), shape_);
    NativeHistogram out;
    out.is_float = shape_.is_float;
    out.reset_hint = shape_.hint;
    out.schema = custom ? kCustomBucketsSchema : shape_.schema;
    out.custom_values = shape_.bounds;
    // More buckets come into use, until all are.
    const auto used =
        custom ? shape_.buckets
               : std::min<uint32_t>(shape_.buckets, 2 + static_cast<uint32_t>(scrape) / 70);
    out.positive_spans = {{custom ? 0 : shape_.first, used}};
    for (uint32_t b = 0; b < used; ++b) {
      positive_[b] += noise_.Below(5 + b);
      out.positive_counts.push_back(Raw(positive_[b]));
      sum_ += static_cast<double>(b) * 0.125;
    }
    int64_t count = zero_;
    if (!custom) {
      out.zero_threshold = 0x1p-128;
      count = zero_ += noise_.Below(2);
      out.zero_count = Raw(zero_);
    }
    if (shape_.negative) {
      out.negative_spans = {{1, 1}, {2, 1}};
      for (int64_t& bucket : negative_) {
        count += bucket += noise_.Below(3);
        out.negative_counts.push_back(Raw(bucket));
      }
    }
    for (uint32_t b = 0; b < used; ++b) count += positive_[b];
    out.count = Raw(count);
    out.sum = sum_;
    return out;
  }

 private:
  /// Floats count halves.
  HistogramCount Raw(int64_t count) const {
    return shape_.is_float ? BitsOf(static_cast<double>(count) / 2)
                           : static_cast<HistogramCount>(count);
  }

  Noise noise_;
  Shape shape_;
  std::vector<int64_t> positive_;
  std::vector<int64_t> negative_;
  int64_t zero_ = 0;
  double sum_ = 0;
};

void AddOne(Seeds* seeds, LabelSet labels, uint64_t seed, Shape shape) {
  Histograms histograms(seed, std::move(shape));
  seeds->AddHistograms(std::move(labels), [&](int i) { return histograms.Next(i); });
}

}  // namespace

void AddNativeHistograms(Seeds* seeds) {
  uint64_t seed = 800;
  for (const char* job : {"api", "web"}) {
    const bool api = job[0] == 'a';
    for (const char* instance : {"0", "1"}) {
      // The two jobs have different resolutions, one instance starts anew now and then.
      AddOne(seeds, LabelSet{{"__name__", "request_seconds"}, {"job", job}, {"instance", instance}},
             ++seed,
             {.schema = api ? 3 : 1, .negative = api, .reset_every = instance[0] == '1' ? 90 : 0});
    }
    AddOne(seeds, LabelSet{{"__name__", "request_float"}, {"job", job}}, ++seed,
           {.is_float = true, .schema = 0, .reset_every = api ? 0 : 123});
    AddOne(seeds, LabelSet{{"__name__", "queue_sizes"}, {"job", job}}, ++seed,
           {.is_float = api, .hint = CounterResetHint::kGauge, .schema = 2});
    AddOne(seeds, LabelSet{{"__name__", "request_custom"}, {"job", job}}, ++seed,
           {.buckets = 6, .bounds = kBounds});
    AddOne(seeds, LabelSet{{"__name__", "request_bounds"}, {"job", job}}, ++seed,
           {.buckets = api ? 6u : 3u, .bounds = api ? kBounds : std::vector<double>{0.1, 0.5}});
    // Floats first, then histograms, floats again.
    AddOne(seeds, LabelSet{{"__name__", "mixed"}, {"job", job}}, ++seed, {});
    SeededSeries& mixed = seeds->last();
    std::erase_if(mixed.histograms, [](const HistogramSample& s) {
      return (s.timestamp_ms - kStartMs) / kScrapeMs / 40 % 2 == 0;
    });
    for (int i = 0; i < kScrapes; ++i) {
      if (i / 40 % 2 == 0) mixed.samples.push_back({TimeOf(i), 1.0 * i});
    }
    AddOne(seeds, LabelSet{{"__name__", "request_late"}, {"job", job}}, ++seed, {});
    seeds->last().late = true;
  }
  Histograms flapping(++seed, {});
  seeds->AddHistograms(LabelSet{{"__name__", "request_flapping"}}, [&](int i) {
    NativeHistogram next = flapping.Next(i);
    return i % 60 > 40 ? NativeHistogram::StaleMarker() : next;
  });
  std::erase_if(seeds->last().histograms, [](const HistogramSample& s) {
    return s.histogram.IsStale() && (s.timestamp_ms - kStartMs) / kScrapeMs % 60 > 41;
  });
}

}  // namespace silverback::answers

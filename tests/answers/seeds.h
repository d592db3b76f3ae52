// What the seed's series are made with.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "tests/answers/seed.h"

namespace silverback::answers {

/// A small generator whose numbers are the same everywhere.
class Noise {
 public:
  explicit Noise(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15 + 1) {}
  /// 0 to `n` - 1.
  int64_t Below(int64_t n) {
    state_ = state_ * 6364136223846793005 + 1442695040888963407;
    return static_cast<int64_t>((state_ >> 33) % static_cast<uint64_t>(n));
  }
  /// For a generator that goes its own way.
  uint64_t Seed() { return static_cast<uint64_t>(Below(int64_t{1} << 30)); }

 private:
  uint64_t state_;
};

inline TimestampMs TimeOf(int scrape) {
  return kStartMs + scrape * kScrapeMs;
}

/// Collects series; a value function says the value of a scrape.
class Seeds {
 public:
  using Value = std::function<double(int scrape)>;

  void Add(LabelSet labels, const Value& value) {
    SeededSeries series{std::move(labels)};
    for (int i = 0; i < kScrapes; ++i) series.samples.push_back({TimeOf(i), value(i)});
    all_.push_back(std::move(series));
  }

  void AddHistograms(LabelSet labels, const std::function<NativeHistogram(int scrape)>& value) {
    SeededSeries series{std::move(labels)};
    for (int i = 0; i < kScrapes; ++i) series.histograms.push_back({TimeOf(i), value(i)});
    all_.push_back(std::move(series));
  }

  void AddCounter(LabelSet labels, uint64_t seed, int64_t step, int reset_every) {
    Noise noise(seed);
    double value = 0;
    Add(std::move(labels), [&](int i) {
      if (reset_every > 0 && i > 0 && i % reset_every == 0) value = 0;
      return value += static_cast<double>(noise.Below(step));
    });
  }

  void AddGauge(LabelSet labels, uint64_t seed, double base, double unit) {
    Noise noise(seed);
    int64_t level = 0;
    Add(std::move(labels), [&](int) {
      level += noise.Below(21) - 10;
      return base + static_cast<double>(level) * unit;
    });
  }

  SeededSeries& last() { return all_.back(); }
  std::vector<SeededSeries> Take() { return std::move(all_); }

 private:
  std::vector<SeededSeries> all_;
};

/// Native histograms: integer, float, gauge, of custom buckets; with resets, stale, late, mixed with floats.
void AddNativeHistograms(Seeds* seeds);

}  // namespace silverback::answers

// The server's own metrics, family by family, as text (`/metrics`) and as JSON (`status/self_metrics`).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "query/api/json_writer.h"

namespace silverback {

/// A histogram of durations with fixed bounds, from a tenth of a millisecond to a minute. Safe for concurrent use; a
/// reader may see an observation in its bucket before it is in the sum.
class LatencyHistogram {
 public:
  static constexpr std::array<double, 17> kBoundsSeconds = {
      0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
      0.1,    0.25,    0.5,    1,     2.5,    5,     15,   60};

  void Observe(double seconds);
  uint64_t bucket(size_t i) const { return buckets_[i].load(std::memory_order_relaxed); }
  double sum_seconds() const {
    return static_cast<double>(sum_ns_.load(std::memory_order_relaxed)) / 1e9;
  }

 private:
  std::array<std::atomic<uint64_t>, kBoundsSeconds.size() + 1> buckets_{};  // the last: +Inf
  std::atomic<uint64_t> sum_ns_{0};
};

/// One metric of a family: a number, or, where the family is of type histogram, counts of observations.
struct OwnMetric {
  struct Bucket {
    double upper_bound = 0;
    uint64_t cumulative_count = 0;
  };
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;  // of a histogram: the sum of the observations
  std::string text;  // of the value
  uint64_t count = 0;
  std::vector<Bucket> buckets;  // the last has no bound: +Inf
};

struct OwnMetricFamily {
  std::string name;
  std::string type;  // "counter", "gauge", "histogram"
  std::string help;
  std::vector<OwnMetric> metrics;
};

/// Collects metric families, one after the other.
class MetricFamilies {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  /// The head of a family; its metrics follow.
  void Family(std::string_view name, std::string_view type, std::string_view help);
  /// A metric of the last family.
  void Sample(double value, Labels labels = {});
  void Sample(uint64_t value, Labels labels = {});
  void Sample(const LatencyHistogram& histogram, Labels labels = {});

  /// A family of one metric.
  void Counter(std::string_view name, std::string_view help, uint64_t value);
  void SecondsCounter(std::string_view name, std::string_view help, double value);
  void Gauge(std::string_view name, std::string_view help, double value);

  const std::vector<OwnMetricFamily>& families() const { return families_; }

 private:
  OwnMetric& Add(Labels labels);

  std::vector<OwnMetricFamily> families_;
};

/// The Prometheus text exposition format.
std::string MetricsText(const MetricFamilies& families);

/// A family as the message io.prometheus.client.MetricFamily in protobuf's JSON mapping.
void WriteMetricFamily(const OwnMetricFamily& family, JsonWriter& json);

}  // namespace silverback

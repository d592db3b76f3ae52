// The Prometheus text exposition format.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

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

/// Writes metric families one after the other. Label values are escaped; names and help come from the program.
class MetricsText {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  explicit MetricsText(std::string* out) : out_(out) {}

  /// The head of a family; its samples follow.
  void Family(std::string_view name, std::string_view type, std::string_view help);
  void Sample(std::string_view name, double value, Labels labels = {});
  void Sample(std::string_view name, uint64_t value, Labels labels = {});

  /// A family of one sample.
  void Counter(std::string_view name, std::string_view help, uint64_t value);
  void SecondsCounter(std::string_view name, std::string_view help, double value);
  void Gauge(std::string_view name, std::string_view help, double value);

  /// The samples of one histogram of the family `name`.
  void HistogramSamples(std::string_view name, const LatencyHistogram& histogram,
                        Labels labels = {});

 private:
  void Name(std::string_view name, Labels labels, std::string_view le = {});

  std::string* out_;
};

}  // namespace silverback

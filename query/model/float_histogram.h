// A native histogram as PromQL computes with it: every count is a float.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace silverback {

/// What a histogram says about whether its counter began anew with it.
enum class ResetHint : uint8_t {
  kUnknown,
  kReset,
  kNotReset,
  kGauge,  // no counter at all
};

/// A stretch of buckets without a gap: `offset` buckets after the one before (the first: its index), `length` buckets.
struct BucketSpan {
  int32_t offset = 0;
  uint32_t length = 0;
  friend bool operator==(const BucketSpan&, const BucketSpan&) = default;
};

/// The buckets of one sign: a count for each bucket of the spans, from zero outwards.
struct BucketSide {
  std::vector<BucketSpan> spans;
  std::vector<double> counts;

  /// Appends a bucket. REQUIRES: `index` beyond `*next`, the index after the last bucket, which is moved on.
  void Append(int32_t index, double count, int32_t* next);
  /// The index of every bucket.
  std::vector<int32_t> Indexes() const;
  friend bool operator==(const BucketSide&, const BucketSide&) = default;
};

/// Buckets are exponential (schema -4 to 8: 2^schema of them for each doubling; bucket i ends at 2^(i / 2^schema)) or
/// custom (schema -53: bucket i ends at `custom_values[i]`, the last one at infinity; no zero bucket, no negative ones).
/// Counts may be negative or fractional: results of arithmetic are histograms too. A NaN sum tells of NaN observations,
/// the stale marker's NaN that the series ended.
struct FloatHistogram {
  static constexpr int32_t kCustomSchema = -53;
  static constexpr int32_t kCoarsestSchema = -4;
  static constexpr int32_t kFinestSchema = 8;

  ResetHint hint = ResetHint::kUnknown;
  int32_t schema = 0;
  double zero_threshold = 0;
  double zero_count = 0;
  double count = 0;
  double sum = 0;
  BucketSide positive;
  BucketSide negative;
  std::vector<double> custom_values;

  bool custom() const { return schema == kCustomSchema; }

  /// Multiplies all counts and the sum. A negative factor makes it a gauge.
  void Multiply(double factor);
  /// The same by division; divided by zero it loses its buckets.
  void Divide(double divisor);
  /// Takes empty buckets away, so that equal histograms have equal buckets.
  void Compact();
  /// Merges buckets to those of a lower resolution. REQUIRES: exponential, `target` <= schema.
  void ReduceResolution(int32_t target);
  /// Whether any number in it is infinite.
  bool HasInfinity() const;
  /// Whether both are the same data: layout (empty buckets count), counts and sum bit for bit. Hints do not matter.
  bool Equals(const FloatHistogram& other) const;
  /// Whether a counter must have begun anew between `previous` and this: by its hint, or because a count has fallen.
  bool DetectReset(const FloatHistogram& previous) const;
  /// Takes away the observations above (`upper`) or below `limit`, by estimate within a bucket.
  void Trim(double limit, bool upper);

  /// "{count:3, sum:5, (0.5,1]:1, (1,2]:2}", as count_values() labels it.
  std::string ToString() const;
  /// "{{schema:1 count:3 ...}}", as test scripts write it. The histogram should be compact.
  std::string ToTestNotation() const;

  size_t memory_bytes() const;
  /// How many float samples upstream takes it for in its limits and statistics.
  size_t equivalent_samples() const;
};

using HistogramPtr = std::shared_ptr<const FloatHistogram>;

/// What came of adding or subtracting histograms.
struct HistogramSumOutcome {
  bool incompatible = false;    // one has custom buckets, the other not: nothing was done
  bool hints_collide = false;   // one says reset, the other no reset
  bool bounds_matched = false;  // custom bounds differed: only those in common are left
};

/// Adds `other` to `*h`, resolution and zero buckets brought together.
HistogramSumOutcome AddHistogram(const FloatHistogram& other, FloatHistogram* h);
/// Subtracts `other` from `*h`. The hint is set as in addition.
HistogramSumOutcome SubtractHistogram(const FloatHistogram& other, FloatHistogram* h);

/// A histogram that others are added to, with what rounding takes away kept apart in a second one of the same layout.
class HistogramSum {
 public:
  explicit HistogramSum(FloatHistogram first) : sum_(std::move(first)) {}

  /// After an incompatible histogram the sum is as it was.
  HistogramSumOutcome Add(const FloatHistogram& other);
  void Multiply(double factor);
  void Divide(double divisor);
  bool HasInfinity() const { return sum_.HasInfinity(); }
  bool compensated() const { return compensation_ != nullptr; }
  /// The sum so far, compensation left out.
  const FloatHistogram& sum() const { return sum_; }
  /// The sum with its compensation.
  FloatHistogram Total() const;
  size_t memory_bytes() const;

  HistogramSum(const HistogramSum& other);
  HistogramSum(HistogramSum&&) = default;
  HistogramSum& operator=(HistogramSum&&) = default;

 private:
  FloatHistogram sum_;
  std::unique_ptr<FloatHistogram> compensation_;  // null until something was added
};

}  // namespace silverback

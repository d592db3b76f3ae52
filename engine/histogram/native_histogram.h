// A native histogram: observations counted in buckets whose bounds follow from a schema, as
// Prometheus has them.
//
// Buckets of the exponential schemas -4 to 8: bucket i of the positive side holds the observations in
// (base^(i-1), base^i], base = 2^(2^-schema); the negative side mirrors it; what lies within the zero
// threshold of 0 is counted in the zero bucket. Schema -53: bucket i ends at `custom_values[i]`, the
// one after the last at +Inf; there is no negative side and no zero bucket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/base/value.h"

namespace silverback {

inline constexpr int32_t kMinExponentialSchema = -4;
inline constexpr int32_t kMaxExponentialSchema = 8;
/// Exponential schemas up to this one are taken in and brought down to kMaxExponentialSchema.
inline constexpr int32_t kMaxReservedSchema = 52;
inline constexpr int32_t kCustomBucketsSchema = -53;

/// Bounds on one histogram: both sides together. Far above what clients send (160 buckets), and low
/// enough that a damaged or crafted one costs no memory to speak of.
inline constexpr size_t kMaxHistogramBuckets = 16384;
inline constexpr size_t kMaxHistogramSpans = 16384;
inline constexpr size_t kMaxHistogramCustomValues = 16384;

/// What is known about counter resets. Stored on disk, and the numbers of the wire: never renumber.
enum class CounterResetHint : uint8_t {
  kUnknown = 0,
  kReset = 1,     // the counter started anew with this histogram
  kNotReset = 2,  // it did not
  kGauge = 3,     // a gauge histogram: the question does not arise
};

/// A run of neighbouring buckets.
struct HistogramSpan {
  /// Buckets left out since the last span's end; of the first span, the index of its first bucket.
  int32_t offset = 0;
  uint32_t length = 0;
  friend bool operator==(const HistogramSpan&, const HistogramSpan&) = default;
};

/// A number of observations: an integer, or, in float histograms, the bits of a double.
using HistogramCount = uint64_t;

/// One native histogram, of integer or float counts. Everything survives exactly: integers to 64
/// bits, doubles to the bit. A plain value; whether it makes sense says `Validate`.
struct NativeHistogram {
  /// Whether counts are the bits of doubles.
  bool is_float = false;
  CounterResetHint reset_hint = CounterResetHint::kUnknown;
  int32_t schema = 0;
  double zero_threshold = 0;
  HistogramCount zero_count = 0;
  HistogramCount count = 0;
  /// Also the staleness marker, see `IsStale`.
  double sum = 0;
  std::vector<HistogramSpan> positive_spans;
  std::vector<HistogramSpan> negative_spans;
  /// One count for each bucket of the spans, absolute (not the difference to the bucket before).
  std::vector<HistogramCount> positive_counts;
  std::vector<HistogramCount> negative_counts;
  /// Upper bounds, of the schema -53 only.
  std::vector<double> custom_values;

  bool has_custom_buckets() const { return schema == kCustomBucketsSchema; }

  /// A count of this histogram as a double.
  double ToDouble(HistogramCount raw) const {
    return is_float ? ValueOf(raw) : static_cast<double>(raw);
  }

  /// "This series ended here": the sum has the bits of the staleness marker.
  bool IsStale() const { return silverback::IsStale(sum); }
  /// The marker as Prometheus sends it: nothing but a sum.
  static NativeHistogram StaleMarker();

  /// InvalidArgument, worded as Prometheus words it, if spans, buckets, counts or bounds contradict
  /// each other or the schema is not -4 to 8 or -53; also if it exceeds the bounds above or has
  /// buckets whose index is no int32.
  Status Validate() const;

  /// Brings an exponential schema above `target` down to it, adding up buckets. InvalidArgument if
  /// spans and buckets contradict each other. REQUIRES: exponential, target < schema.
  Status ReduceResolution(int32_t target);

  /// Bytes, this object included.
  size_t memory_bytes() const;

  /// The same schema, zero threshold, spans, custom values and flavour: histograms whose counts can
  /// be compared place by place.
  bool SameLayout(const NativeHistogram& other) const;

  /// All fields, doubles by their bits.
  friend bool operator==(const NativeHistogram& a, const NativeHistogram& b);
};

/// One sample of a series of native histograms.
struct HistogramSample {
  TimestampMs timestamp_ms = 0;
  NativeHistogram histogram;
  TimestampMs start_ms = kNoStart;  // when its counts began, where that came with it
  friend bool operator==(const HistogramSample&, const HistogramSample&) = default;
};

}  // namespace silverback

// The vocabulary types that every layer shares.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace silverback {

/// Milliseconds since the Unix epoch, UTC. May be negative.
using TimestampMs = int64_t;

/// A series, for ever: ids are handed out once per data directory and never reused.
using SeriesId = uint32_t;

/// A metric name (the value of `__name__`), for ever. Series are stored grouped by it. 0 is "no name".
using MetricId = uint32_t;

/// A part (an immutable set of blocks), for ever.
using PartId = uint64_t;

/// The place of a record in the write-ahead log: 1, 2, 3, ... over the life of a data directory. 0 is "none".
using Sequence = uint64_t;

inline constexpr TimestampMs kMinTimestampMs = std::numeric_limits<TimestampMs>::min();
inline constexpr TimestampMs kMaxTimestampMs = std::numeric_limits<TimestampMs>::max();

/// What a column, block or record holds. Values are stored on disk: never renumber.
enum class ValueKind : uint8_t {
  kFloat = 1,
  kHistogram = 2,
};

/// One float sample.
struct Sample {
  TimestampMs timestamp_ms = 0;
  double value = 0;
};

/// A start timestamp (when what a sample counts began) that is not known.
inline constexpr TimestampMs kNoStart = 0;
/// Start timestamps further from the epoch (73 million years) count as not known.
inline constexpr TimestampMs kMaxStartMs = TimestampMs{1} << 61;
inline bool IsStorableStart(TimestampMs start_ms) {
  return start_ms >= -kMaxStartMs && start_ms <= kMaxStartMs;
}

/// Float samples, and the start timestamps that came with them. Borrowed.
struct SampleSpan {
  std::span<const Sample> samples;
  /// Empty (none is known), or one a sample.
  std::span<const TimestampMs> starts;

  SampleSpan() = default;
  SampleSpan(std::span<const Sample> all, std::span<const TimestampMs> starts_of_all)
      : samples(all), starts(starts_of_all) {}
  SampleSpan(const Sample* first, size_t count) : samples(first, count) {}
  /// Samples without any. Converts: who knows of none passes samples alone.
  template <typename Samples>
  requires std::convertible_to<const Samples&, std::span<const Sample>> SampleSpan(
      const Samples& all)
      : samples(all) {}  // NOLINT

  size_t size() const { return samples.size(); }
  bool empty() const { return samples.empty(); }
  const Sample& operator[](size_t i) const { return samples[i]; }
  auto begin() const { return samples.begin(); }
  auto end() const { return samples.end(); }
  TimestampMs StartOf(size_t i) const { return starts.empty() ? kNoStart : starts[i]; }
  SampleSpan subspan(size_t first, size_t count) const {
    return {samples.subspan(first, count), starts.empty() ? starts : starts.subspan(first, count)};
  }
};

/// A closed interval of time: both ends belong to it. Empty when `min > max`.
struct TimeRange {
  TimestampMs min_ms = kMinTimestampMs;
  TimestampMs max_ms = kMaxTimestampMs;

  bool empty() const { return min_ms > max_ms; }
  bool Contains(TimestampMs t) const { return min_ms <= t && t <= max_ms; }
  bool Overlaps(const TimeRange& other) const {
    return min_ms <= other.max_ms && other.min_ms <= max_ms;
  }
  friend bool operator==(const TimeRange&, const TimeRange&) = default;
};

}  // namespace silverback

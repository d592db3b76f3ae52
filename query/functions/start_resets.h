// What start timestamps say of counter resets: OpenTelemetry's rules, as Prometheus applies them.
#pragma once

#include <cstddef>
#include <span>

#include "engine/base/types.h"

namespace silverback {

/// Whether the counter began anew between a sample and the one before it: after that one's time, or (a delta) just then.
/// A start timestamp at or after its own sample's time says nothing; nor does one at the time of the sample before, if
/// that one's own is not known or says nothing: so looks a counter whose beginning nobody knows.
inline bool IsStartReset(TimestampMs previous_start_ms, TimestampMs previous_ms,
                         TimestampMs start_ms, TimestampMs time_ms) {
  if (start_ms == kNoStart || start_ms >= time_ms || start_ms < previous_ms) return false;
  if (start_ms > previous_ms) return true;
  return previous_start_ms != kNoStart && previous_start_ms < previous_ms;
}

/// Whether a sample counts from before the one before it and yet not from where that one does: they overlap.
inline bool IsStartOverlap(TimestampMs previous_start_ms, TimestampMs previous_ms,
                           TimestampMs start_ms) {
  return start_ms != kNoStart && start_ms < previous_ms && start_ms != previous_start_ms;
}

/// The same of neighbours among a window's samples.
class StartResets {
 public:
  /// `starts`: as many as times, or empty.
  StartResets(std::span<const TimestampMs> times, std::span<const TimestampMs> starts)
      : times_(times), starts_(starts) {}

  /// REQUIRES: 0 < i < times.size().
  bool ResetAt(size_t i) const {
    return !starts_.empty() && IsStartReset(starts_[i - 1], times_[i - 1], starts_[i], times_[i]);
  }
  bool OverlapAt(size_t i) const {
    return !starts_.empty() && IsStartOverlap(starts_[i - 1], times_[i - 1], starts_[i]);
  }

 private:
  std::span<const TimestampMs> times_;
  std::span<const TimestampMs> starts_;
};

}  // namespace silverback

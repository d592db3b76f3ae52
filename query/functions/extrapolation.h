// How rate(), increase() and delta() extrapolate what samples show to the borders of their window, as Prometheus'
// extrapolatedRate does.
#pragma once

#include <algorithm>
#include <cstdint>

#include "query/functions/range_kernel.h"
#include "query/functions/start_resets.h"

namespace silverback {

/// What of a plain window rate(), increase() and delta() need: its outermost samples, how many there are, and the sum of
/// the values before each counter reset, in order.
struct RatePoints {
  TimestampMs first_ms = 0;
  TimestampMs last_ms = 0;
  double first_value = 0;
  double last_value = 0;
  uint64_t samples = 0;
  TimestampMs start_ms = kNoStart;  // of the first sample, where it matters
};

/// Whether the counter is known to have begun at zero within the window, before its first sample.
inline bool BeganInside(const RatePoints& points, const WindowContext& context) {
  return points.start_ms != kNoStart && points.start_ms > context.start_ms &&
         points.start_ms < points.first_ms;
}

/// What follows from times alone, in seconds: between the outermost samples, and beyond them to where the series is taken to
/// begin and to end.
struct WindowReach {
  double sampled = 0;
  double to_start = 0;
  double to_end = 0;
};

inline WindowReach ReachOf(const RatePoints& points, const WindowContext& context) {
  WindowReach reach;
  reach.to_start = SecondsOfMs(points.first_ms - context.start_ms);
  reach.to_end = SecondsOfMs(context.end_ms - points.last_ms);
  reach.sampled = SecondsOfMs(points.last_ms - points.first_ms);
  const double average_gap =
      points.samples < 2 ? 0 : reach.sampled / static_cast<double>(points.samples - 1);
  // A border nearer than a little over one gap is taken to be covered by the series; else the series is taken to begin
  // or end half a gap beyond its outermost sample.
  const double threshold = average_gap * 1.1;
  if (BeganInside(points, context)) {
    reach.to_start = 0;
    reach.sampled = SecondsOfMs(points.last_ms - points.start_ms);
  } else if (reach.to_start >= threshold) {
    reach.to_start = average_gap / 2;
  }
  if (reach.to_end >= threshold) reach.to_end = average_gap / 2;
  return reach;
}

/// Whether a counter that rose by `increase` may have been zero within the reach before its first sample. Most counters are far
/// from where they began: a product tells so for less than a division.
inline bool MayHaveBegunInside(const WindowReach& reach, double first_value, double increase) {
  return increase > 0 && first_value >= 0 &&
         !(reach.sampled * first_value > reach.to_start * increase * 1.000001);
}

/// What the increase is multiplied by. For native histograms `increase` and `first_value` are counts of observations.
inline double ExtrapolationFactor(const WindowReach& reach, double first_value, double increase,
                                  const WindowContext& context, bool is_counter, bool per_second) {
  double to_start = reach.to_start;
  // A counter cannot have been below zero: do not extrapolate past the point where it would have been zero.
  if (is_counter && MayHaveBegunInside(reach, first_value, increase)) {
    to_start = std::min(to_start, reach.sampled * (first_value / increase));
  }
  double factor = 1;
  if (reach.sampled != 0) factor = (reach.sampled + to_start + reach.to_end) / reach.sampled;
  if (per_second) factor /= SecondsOfMs(context.range_ms);
  return factor;
}
inline double ExtrapolationFactor(const RatePoints& points, double increase,
                                  const WindowContext& context, bool is_counter, bool per_second) {
  return ExtrapolationFactor(ReachOf(points, context), points.first_value, increase, context,
                             is_counter, per_second);
}

/// The increase extrapolated to the window's borders: `increase` is last - first plus what resets took away.
/// REQUIRES: at least two samples, or BeganInside(points, context).
inline double ExtrapolateIncrease(const RatePoints& points, double increase,
                                  const WindowContext& context, bool is_counter, bool per_second) {
  if (BeganInside(points, context)) increase += points.first_value;
  return increase * ExtrapolationFactor(points, increase, context, is_counter, per_second);
}

}  // namespace silverback

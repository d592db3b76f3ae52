// The range kernels, by family. The table hands them out; the windows' fast paths share `ExtrapolatedRate`.
#pragma once

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

/// The increase extrapolated to the window's borders: `increase` is last - first plus what resets took away.
/// REQUIRES: at least two samples, or BeganInside(points, context).
double ExtrapolateIncrease(const RatePoints& points, double increase, const WindowContext& context,
                           bool is_counter, bool per_second);

/// What the increase is multiplied by for that. For native histograms `increase` and the points' values are counts of
/// observations.
double ExtrapolationFactor(const RatePoints& points, double increase, const WindowContext& context,
                           bool is_counter, bool per_second);

/// What of that follows from times alone, in seconds: between the outermost samples, and beyond them to where the series is
/// taken to begin and to end.
struct WindowReach {
  double sampled = 0;
  double to_start = 0;
  double to_end = 0;
};
WindowReach ReachOf(const RatePoints& points, const WindowContext& context);
/// The rest of it.
double ExtrapolationFactor(const WindowReach& reach, double first_value, double increase,
                           const WindowContext& context, bool is_counter, bool per_second);
/// Whether a counter that rose by `increase` may have been zero within the reach before its first sample. Most counters are far
/// from where they began: a product tells so for less than a division.
inline bool MayHaveBegunInside(const WindowReach& reach, double first_value, double increase) {
  return increase > 0 && first_value >= 0 &&
         !(reach.sampled * first_value > reach.to_start * increase * 1.000001);
}

/// irate() and idelta() of the last two samples of a window; `reset`: the counter is known to have begun between them.
double InstantChange(TimestampMs previous_ms, double previous, TimestampMs last_ms, double last,
                     bool is_rate, bool reset = false);

// rate_kernels.cc
std::optional<double> RateKernel(const WindowSamples&, const WindowContext&, KernelState*);
std::optional<double> IncreaseKernel(const WindowSamples&, const WindowContext&, KernelState*);
std::optional<double> DeltaKernel(const WindowSamples&, const WindowContext&, KernelState*);
std::optional<double> IrateKernel(const WindowSamples&, const WindowContext&, KernelState*);
std::optional<double> IdeltaKernel(const WindowSamples&, const WindowContext&, KernelState*);
std::optional<double> ResetsKernel(const WindowSamples&, const WindowContext&, KernelState*);
std::optional<double> ChangesKernel(const WindowSamples&, const WindowContext&, KernelState*);

// over_time_kernels.cc
std::optional<double> SumOverTimeKernel(const WindowSamples&, const WindowContext&, KernelState*);
std::optional<double> AvgOverTimeKernel(const WindowSamples&, const WindowContext&, KernelState*);
std::optional<double> MinOverTimeKernel(const WindowSamples&, const WindowContext&, KernelState*);
std::optional<double> MaxOverTimeKernel(const WindowSamples&, const WindowContext&, KernelState*);
std::optional<double> CountOverTimeKernel(const WindowSamples&, const WindowContext&, KernelState*);
std::optional<double> PresentOverTimeKernel(const WindowSamples&, const WindowContext&,
                                            KernelState*);
std::optional<double> FirstOverTimeKernel(const WindowSamples&, const WindowContext&, KernelState*);
std::optional<double> LastOverTimeKernel(const WindowSamples&, const WindowContext&, KernelState*);
std::optional<double> TsOfFirstOverTimeKernel(const WindowSamples&, const WindowContext&,
                                              KernelState*);
std::optional<double> TsOfLastOverTimeKernel(const WindowSamples&, const WindowContext&,
                                             KernelState*);
std::optional<double> TsOfMinOverTimeKernel(const WindowSamples&, const WindowContext&,
                                            KernelState*);
std::optional<double> TsOfMaxOverTimeKernel(const WindowSamples&, const WindowContext&,
                                            KernelState*);

// statistics_kernels.cc
std::optional<double> QuantileOverTimeKernel(const WindowSamples&, const WindowContext&,
                                             KernelState*);
std::optional<double> MadOverTimeKernel(const WindowSamples&, const WindowContext&, KernelState*);
std::optional<double> StddevOverTimeKernel(const WindowSamples&, const WindowContext&,
                                           KernelState*);
std::optional<double> StdvarOverTimeKernel(const WindowSamples&, const WindowContext&,
                                           KernelState*);
std::optional<double> DerivKernel(const WindowSamples&, const WindowContext&, KernelState*);
std::optional<double> PredictLinearKernel(const WindowSamples&, const WindowContext&, KernelState*);
std::optional<double> DoubleExponentialSmoothingKernel(const WindowSamples&, const WindowContext&,
                                                       KernelState*);

}  // namespace silverback

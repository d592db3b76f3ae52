// rate(), increase(), delta(), irate(), idelta(), resets(), changes().
#include <algorithm>
#include <cmath>
#include <cstddef>

#include "query/functions/extrapolation.h"
#include "query/functions/range_kernels.h"

namespace silverback {
namespace {

/// The value at `t` on the line between rows `a` and `a + 1`. A counter that fell between them is taken to have started
/// from zero.
double Interpolate(const WindowSamples& samples, size_t a, TimestampMs t, bool is_counter) {
  const TimestampMs t1 = samples.times[a];
  const TimestampMs t2 = samples.times[a + 1];
  double y1 = samples.values[a];
  const double y2 = samples.values[a + 1];
  if (is_counter && y2 < y1) y1 = 0;
  return y1 + (y2 - y1) * static_cast<double>(t - t1) / static_cast<double>(t2 - t1);
}

/// What resets took away on the way from `left` over rows [begin, end) to `right`.
double ResetCorrection(double left, double right, std::span<const double> values) {
  double correction = 0;
  double previous = left;
  for (const double value : values) {
    if (value < previous) correction += previous;
    previous = value;
  }
  if (right < previous) correction += previous;
  return correction;
}

/// The first index in [0, limit) whose time is past `t`, or `limit`.
size_t FirstAfter(const WindowSamples& samples, size_t limit, TimestampMs t) {
  const auto begin = samples.times.begin();
  return static_cast<size_t>(std::upper_bound(begin, begin + static_cast<ptrdiff_t>(limit), t) -
                             begin);
}

/// The first index in [0, limit) whose time is `t` or later, or `limit`.
size_t FirstAtOrAfter(const WindowSamples& samples, size_t limit, TimestampMs t) {
  const auto begin = samples.times.begin();
  return static_cast<size_t>(std::lower_bound(begin, begin + static_cast<ptrdiff_t>(limit), t) -
                             begin);
}

/// The change between the window's borders, whose values are the anchors' or interpolated ones: no extrapolation.
std::optional<double> BorderChange(const WindowSamples& samples, const WindowContext& context,
                                   bool is_counter, bool per_second) {
  const bool smoothed = context.borders == WindowBorders::kSmoothed;
  size_t last = samples.size() - 1;
  const size_t after_start = FirstAfter(samples, last, context.start_ms);
  size_t first = after_start == 0 ? 0 : after_start - 1;
  if (smoothed) last = FirstAtOrAfter(samples, last, context.end_ms);
  if (samples.times[last] <= context.start_ms) return std::nullopt;
  if (smoothed && samples.times[first] > context.end_ms) return std::nullopt;

  const double left = smoothed && samples.times[first] < context.start_ms
                          ? Interpolate(samples, first, context.start_ms, is_counter)
                          : samples.values[first];
  const double right = smoothed && last > 0 && samples.times[last] > context.end_ms
                           ? Interpolate(samples, last - 1, context.end_ms, is_counter)
                           : samples.values[last];
  double change = right - left;
  if (is_counter) {
    if (samples.times[first] <= context.start_ms) ++first;
    const size_t end = samples.times[last] >= context.end_ms ? last : last + 1;
    const size_t inside = end > first ? end - first : 0;
    change += ResetCorrection(left, right, samples.values.subspan(first, inside));
  }
  return per_second ? change / SecondsOfMs(context.range_ms) : change;
}

std::optional<double> Change(const WindowSamples& samples, const WindowContext& context,
                             bool is_counter, bool per_second, KernelState* state) {
  if (context.borders != WindowBorders::kPlain) {
    return BorderChange(samples, context, is_counter, per_second);
  }
  double increase = samples.values.back() - samples.values.front();
  const StartResets starts(samples.times, samples.starts);
  if (is_counter) {
    for (size_t i = 1; i < samples.size(); ++i) {
      if (samples.values[i] < samples.values[i - 1] || starts.ResetAt(i)) {
        increase += samples.values[i - 1];
      }
      state->starts_overlap |= starts.OverlapAt(i);
    }
  }
  const RatePoints points{
      samples.times.front(),  samples.times.back(),
      samples.values.front(), samples.values.back(),
      samples.size(),         is_counter && !samples.starts.empty() ? samples.starts[0] : kNoStart};
  if (samples.size() < 2 && !BeganInside(points, context)) return std::nullopt;
  return ExtrapolateIncrease(points, increase, context, is_counter, per_second);
}

std::optional<double> LastTwo(const WindowSamples& samples, bool is_rate) {
  const size_t n = samples.size();
  if (n < 2) return std::nullopt;
  return InstantChange(samples.times[n - 2], samples.values[n - 2], samples.times[n - 1],
                       samples.values[n - 1], is_rate,
                       StartResets(samples.times, samples.starts).ResetAt(n - 1));
}

/// The first of the rows whose neighbours resets() and changes() compare: all, or with `anchored` those from the last one
/// at or before the start. Nothing if no sample lies past the start.
std::optional<size_t> FirstCompared(const WindowSamples& samples, const WindowContext& context) {
  if (context.borders != WindowBorders::kAnchored) return 0;
  const size_t after_start = FirstAfter(samples, samples.size(), context.start_ms);
  if (after_start == samples.size()) return std::nullopt;
  return after_start == 0 ? 0 : after_start - 1;
}

}  // namespace

double InstantChange(TimestampMs previous_ms, double previous, TimestampMs last_ms, double last,
                     bool is_rate, bool reset) {
  if (!is_rate) return last - previous;
  // After a reset the counter has grown from zero.
  const double change = last < previous || reset ? last : last - previous;
  return change / SecondsOfMs(last_ms - previous_ms);
}

std::optional<double> RateKernel(const WindowSamples& samples, const WindowContext& context,
                                 KernelState* state) {
  return Change(samples, context, true, true, state);
}

std::optional<double> IncreaseKernel(const WindowSamples& samples, const WindowContext& context,
                                     KernelState* state) {
  return Change(samples, context, true, false, state);
}

std::optional<double> DeltaKernel(const WindowSamples& samples, const WindowContext& context,
                                  KernelState* state) {
  return Change(samples, context, false, false, state);
}

std::optional<double> IrateKernel(const WindowSamples& samples, const WindowContext&,
                                  KernelState*) {
  return LastTwo(samples, true);
}

std::optional<double> IdeltaKernel(const WindowSamples& samples, const WindowContext&,
                                   KernelState*) {
  return LastTwo(samples, false);
}

std::optional<double> ResetsKernel(const WindowSamples& samples, const WindowContext& context,
                                   KernelState*) {
  const auto first = FirstCompared(samples, context);
  if (!first) return std::nullopt;
  const auto& values = samples.values;
  const StartResets starts(samples.times, samples.starts);
  uint64_t resets = 0;
  for (size_t i = *first + 1; i < values.size(); ++i) {
    resets += values[i] < values[i - 1] || starts.ResetAt(i);
  }
  return static_cast<double>(resets);
}

std::optional<double> ChangesKernel(const WindowSamples& samples, const WindowContext& context,
                                    KernelState*) {
  const auto first = FirstCompared(samples, context);
  if (!first) return std::nullopt;
  const auto& values = samples.values;
  uint64_t changes = 0;
  for (size_t i = *first + 1; i < values.size(); ++i) {
    changes += values[i] != values[i - 1] && !(std::isnan(values[i]) && std::isnan(values[i - 1]));
  }
  return static_cast<double>(changes);
}

}  // namespace silverback

// Quantiles, deviations, regressions and smoothing over a window.
#include <cmath>
#include <limits>

#include "engine/base/kahan_sum.h"
#include "engine/base/status.h"
#include "engine/base/value.h"
#include "query/functions/quantile.h"
#include "query/functions/range_kernels.h"

namespace silverback {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

double Variance(std::span<const double> values) {
  // Welford's method, its mean and its sum of squares compensated.
  double count = 0;
  KahanSum mean;
  KahanSum squares;
  for (const double value : values) {
    ++count;
    const double delta = value - (mean.sum + mean.compensation);
    mean.Add(delta / count);
    squares.Add(delta * (value - (mean.sum + mean.compensation)));
  }
  return (squares.sum + squares.compensation) / count;
}

struct Line {
  double slope = 0;
  double intercept = 0;  // at the time that was asked for
};

/// The least-squares line through the samples.
Line Regression(const WindowSamples& samples, TimestampMs intercept_ms) {
  const double first = samples.values[0];
  bool constant = true;
  double n = 0;
  KahanSum sum_x;
  KahanSum sum_y;
  KahanSum sum_xy;
  KahanSum sum_xx;
  for (size_t i = 0; i < samples.size(); ++i) {
    const double y = samples.values[i];
    if (i > 0 && y != first) constant = false;
    ++n;
    const double x = static_cast<double>(samples.times[i] - intercept_ms) / 1e3;
    sum_x.Add(x);
    sum_y.Add(y);
    sum_xy.Add(x * y);
    sum_xx.Add(x * x);
  }
  if (constant) {
    // Exact where rounding would give a slope to a flat line.
    return std::isinf(first) ? Line{kNan, kNan} : Line{0, first};
  }
  const double x = sum_x.sum + sum_x.compensation;
  const double y = sum_y.sum + sum_y.compensation;
  const double xy = sum_xy.sum + sum_xy.compensation;
  const double xx = sum_xx.sum + sum_xx.compensation;
  const double covariance = xy - x * y / n;
  const double variance = xx - x * x / n;
  const double slope = covariance / variance;
  return {slope, y / n - slope * x / n};
}

/// Whether a factor of double_exponential_smoothing() lies in (0, 1); else the query fails.
bool CheckFactor(const char* name, const char* symbol, double factor, KernelState* state) {
  if (!(factor <= 0 || factor >= 1)) return true;
  state->error = Error(absl::StatusCode::kFailedPrecondition,
                       "invalid {} factor. Expected: 0 < {} < 1, got: {:f}", name, symbol, factor);
  return false;
}

}  // namespace

std::optional<double> QuantileOverTimeKernel(const WindowSamples& samples,
                                             const WindowContext& context, KernelState* state) {
  const double quantile = context.args[0];
  if (!(quantile >= 0 && quantile <= 1)) {
    auto& invalid = state->invalid_quantiles;
    if (invalid.empty() || !SameBits(invalid.back(), quantile)) invalid.push_back(quantile);
  }
  state->scratch.assign(samples.values.begin(), samples.values.end());
  return Quantile(quantile, &state->scratch);
}

std::optional<double> MadOverTimeKernel(const WindowSamples& samples, const WindowContext&,
                                        KernelState* state) {
  for (const double value : samples.values) {
    if (std::isnan(value)) return kNan;
  }
  auto& values = state->scratch;
  values.assign(samples.values.begin(), samples.values.end());
  const double median = Quantile(0.5, &values);
  for (double& value : values) value = std::abs(value - median);
  return Quantile(0.5, &values);
}

std::optional<double> StddevOverTimeKernel(const WindowSamples& samples, const WindowContext&,
                                           KernelState*) {
  return std::sqrt(Variance(samples.values));
}

std::optional<double> StdvarOverTimeKernel(const WindowSamples& samples, const WindowContext&,
                                           KernelState*) {
  return Variance(samples.values);
}

std::optional<double> DerivKernel(const WindowSamples& samples, const WindowContext&,
                                  KernelState*) {
  if (samples.size() < 2) return std::nullopt;
  // A time near the samples keeps the sums small, and the slope exact.
  return Regression(samples, samples.times.front()).slope;
}

std::optional<double> PredictLinearKernel(const WindowSamples& samples,
                                          const WindowContext& context, KernelState*) {
  if (samples.size() < 2) return std::nullopt;
  const Line line = Regression(samples, context.eval_ms);
  return line.slope * context.args[0] + line.intercept;
}

std::optional<double> DoubleExponentialSmoothingKernel(const WindowSamples& samples,
                                                       const WindowContext& context,
                                                       KernelState* state) {
  const double smoothing = context.args[0];
  const double trend_factor = context.args[1];
  if (!CheckFactor("smoothing", "sf", smoothing, state) ||
      !CheckFactor("trend", "tf", trend_factor, state) || samples.size() < 2) {
    return std::nullopt;
  }
  double previous = 0;
  double smoothed = samples.values[0];
  double trend = samples.values[1] - samples.values[0];
  for (size_t i = 1; i < samples.size(); ++i) {
    if (i > 1) trend = trend_factor * (smoothed - previous) + (1 - trend_factor) * trend;
    const double next = smoothing * samples.values[i] + (1 - smoothing) * (smoothed + trend);
    previous = smoothed;
    smoothed = next;
  }
  return smoothed;
}

}  // namespace silverback

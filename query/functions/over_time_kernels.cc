// sum_over_time() and its kin.
#include <cmath>

#include "engine/base/kahan_sum.h"
#include "query/functions/range_kernels.h"

namespace silverback {
namespace {

/// Walks to the sample that `better(candidate, best)` prefers, NaN yielding to anything; the index of it.
template <typename Better>
size_t BestSample(const WindowSamples& samples, Better better) {
  size_t best = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (better(samples.values[i], samples.values[best]) || std::isnan(samples.values[best])) {
      best = i;
    }
  }
  return best;
}

}  // namespace

std::optional<double> SumOverTimeKernel(const WindowSamples& samples, const WindowContext&,
                                        KernelState*) {
  KahanSum sum;
  for (const double value : samples.values) sum.Add(value);
  return sum.Total();
}

std::optional<double> AvgOverTimeKernel(const WindowSamples& samples, const WindowContext&,
                                        KernelState*) {
  // The mean is the sum by the count until the sum would overflow, and from there on an incremental mean.
  KahanSum sum{samples.values[0], 0};
  KahanSum mean;
  bool incremental = false;
  double count = 1;
  for (const double value : samples.values.subspan(1)) {
    ++count;
    if (!incremental) {
      KahanSum next = sum;
      next.Add(value);
      if (!std::isinf(next.sum)) {
        sum = next;
        continue;
      }
      incremental = true;
      mean = {sum.sum / (count - 1), sum.compensation / (count - 1)};
    }
    const double kept = (count - 1) / count;
    mean.sum *= kept;
    mean.compensation *= kept;
    mean.Add(value / count);
  }
  if (incremental) return mean.sum + mean.compensation;
  return sum.sum / count + sum.compensation / count;
}

std::optional<double> MinOverTimeKernel(const WindowSamples& samples, const WindowContext&,
                                        KernelState*) {
  return samples.values[BestSample(samples, [](double a, double best) { return a < best; })];
}

std::optional<double> MaxOverTimeKernel(const WindowSamples& samples, const WindowContext&,
                                        KernelState*) {
  return samples.values[BestSample(samples, [](double a, double best) { return a > best; })];
}

std::optional<double> CountOverTimeKernel(const WindowSamples& samples, const WindowContext&,
                                          KernelState*) {
  return static_cast<double>(samples.size());
}

std::optional<double> PresentOverTimeKernel(const WindowSamples&, const WindowContext&,
                                            KernelState*) {
  return 1;
}

std::optional<double> FirstOverTimeKernel(const WindowSamples& samples, const WindowContext&,
                                          KernelState*) {
  return samples.values.front();
}

std::optional<double> LastOverTimeKernel(const WindowSamples& samples, const WindowContext&,
                                         KernelState*) {
  return samples.values.back();
}

std::optional<double> TsOfFirstOverTimeKernel(const WindowSamples& samples, const WindowContext&,
                                              KernelState*) {
  return SecondsOfMs(samples.times.front());
}

std::optional<double> TsOfLastOverTimeKernel(const WindowSamples& samples, const WindowContext&,
                                             KernelState*) {
  return SecondsOfMs(samples.times.back());
}

std::optional<double> TsOfMinOverTimeKernel(const WindowSamples& samples, const WindowContext&,
                                            KernelState*) {
  // Of equal samples the last one counts.
  return SecondsOfMs(
      samples.times[BestSample(samples, [](double a, double best) { return a <= best; })]);
}

std::optional<double> TsOfMaxOverTimeKernel(const WindowSamples& samples, const WindowContext&,
                                            KernelState*) {
  return SecondsOfMs(
      samples.times[BestSample(samples, [](double a, double best) { return a >= best; })]);
}

}  // namespace silverback

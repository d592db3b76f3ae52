// The range kernels, by family. The table hands them out.
#pragma once

#include "query/functions/range_kernel.h"

namespace silverback {

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

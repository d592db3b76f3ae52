// Range kernels: what a function over a range vector makes of one window's float samples. They are
// the definition: every fast path of query/windows must equal them. They know no labels, no budgets
// and no storage.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"

namespace silverback {

/// Milliseconds, of a time or a span, as PromQL's seconds.
inline double SecondsOfMs(int64_t ms) {
  return static_cast<double>(ms) / 1000;
}

/// The samples of one window, stale markers left out: times strictly ascending, as many values as
/// times. For plain windows every time lies in (start, end]; for anchored and smoothed ones the
/// lookback before start belongs to it (and, smoothed, the lookback after end).
struct WindowSamples {
  std::span<const TimestampMs> times;
  std::span<const double> values;
  std::span<const TimestampMs> starts = {};  // as many, or empty: none is known

  size_t size() const { return times.size(); }
};

/// How a range selector treats its window's borders.
enum class WindowBorders : uint8_t {
  kPlain,     // the samples inside and no others
  kAnchored,  // `anchored`: the last sample at or before the start stands for the start
  kSmoothed,  // `smoothed`: values at both borders are interpolated
};

/// Where and for what a kernel is called.
struct WindowContext {
  TimestampMs start_ms = 0;  // the window is (start, end]
  TimestampMs end_ms = 0;
  TimestampMs eval_ms = 0;  // the step (differs from end by offset and @)
  int64_t range_ms = 0;     // end - start
  WindowBorders borders = WindowBorders::kPlain;
  std::span<const double> args;  // the scalar arguments of this step, in the order of the call
};

/// What kernels say beside a value, and the memory that they work in. Kept from one call to the
/// next.
struct KernelState {
  std::vector<double>
      invalid_quantiles;  // quantiles outside of [0, 1] that were asked for, each once in a row
  Status error;           // an argument that fails the whole query
  std::vector<double> scratch;
  bool starts_overlap = false;  // a sample's count began before the sample before it
};

/// The value of the window, or nothing. REQUIRES: `samples` is not empty.
using RangeKernel = std::optional<double> (*)(const WindowSamples& samples,
                                              const WindowContext& context, KernelState* state);

}  // namespace silverback

// The instants at which a query is evaluated.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/types.h"

namespace silverback {

/// start, start + step, ... up to end (both belong to it when end lies on the grid). An instant query is a grid of one
/// step with start == end.
struct StepGrid {
  TimestampMs start_ms = 0;
  TimestampMs end_ms = 0;
  int64_t step_ms = 1;  // > 0

  size_t steps() const { return static_cast<size_t>((end_ms - start_ms) / step_ms) + 1; }
  TimestampMs At(size_t step) const { return start_ms + static_cast<int64_t>(step) * step_ms; }
  friend bool operator==(const StepGrid&, const StepGrid&) = default;
};

}  // namespace silverback

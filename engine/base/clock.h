// Wall-clock time behind an interface, so that tests can set it.
#pragma once

#include <functional>

#include "engine/base/types.h"

namespace silverback {

/// Says what time it is. Must be safe to call from any thread.
using Clock = std::function<TimestampMs()>;

/// The machine's wall clock.
TimestampMs WallClockMs();

}  // namespace silverback

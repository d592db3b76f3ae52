#include "engine/base/clock.h"

#include <chrono>

namespace silverback {

TimestampMs WallClockMs() {
  using std::chrono::duration_cast, std::chrono::milliseconds, std::chrono::system_clock;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace silverback

#include "query/plan/plan_node.h"

#include <limits>

namespace silverback::plan {

int64_t SaturatingAdd(int64_t a, int64_t b) {
  int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return a < 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
}

int64_t SaturatingSub(int64_t a, int64_t b) {
  int64_t difference = 0;
  if (!__builtin_sub_overflow(a, b, &difference)) return difference;
  return a < 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
}

TimestampMs TimeShift::Apply(TimestampMs step_ms) const {
  return SaturatingSub(at_ms.value_or(step_ms), offset_ms);
}

}  // namespace silverback::plan

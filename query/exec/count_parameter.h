// The parameter k of topk, bottomk and limitk.
#pragma once

#include <cstdint>
#include <vector>

#include "query/exec/operator.h"

namespace silverback::exec {

/// Reads k by step, cut to [0, `most`]. `*none` is set where no step keeps anything; then nothing is checked. Otherwise
/// FailedPrecondition, as upstream words it, when a value is NaN or no int64.
StatusOr<std::vector<uint32_t>> ReadCounts(Operator* parameter, size_t most, bool* none);

}  // namespace silverback::exec

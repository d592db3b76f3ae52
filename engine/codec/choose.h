// The policy: which codec a vector of values gets.
#pragma once

#include <span>
#include <string>

#include "engine/codec/codec.h"

namespace silverback::codec {

/// Appends `values` (1 to kMaxVectorValues) in the smallest encoding found, and says which codec
/// that is. Deterministic. `allow_runs` is false for the values of runs.
CodecId EncodeSmallest(std::span<const double> values, bool allow_runs, std::string* out);

}  // namespace silverback::codec

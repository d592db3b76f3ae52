// The types of PromQL values.
#pragma once

#include <cstdint>
#include <string_view>

namespace silverback::syntax {

enum class ValueType : uint8_t { kNone, kScalar, kVector, kMatrix, kString };

/// "none", "scalar", "vector", "matrix", "string": as the API prints it.
std::string_view ValueTypeName(ValueType type);

/// What the documentation calls it: "instant vector" and "range vector" for vector and matrix.
std::string_view DocumentedTypeName(ValueType type);

}  // namespace silverback::syntax

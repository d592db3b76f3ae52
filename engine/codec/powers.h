// Powers of ten that are exact as doubles.
#pragma once

#include <array>
#include <cstdint>

namespace silverback::codec {

inline constexpr uint32_t kMaxExponent = 15;
inline constexpr std::array<double, kMaxExponent + 1> kPowersOfTen = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

}  // namespace silverback::codec

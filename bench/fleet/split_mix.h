// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): the same numbers everywhere.
#pragma once

#include <cstdint>

namespace silverback {

/// What one state and the next differ by.
inline constexpr uint64_t kSplitMixStep = 0x9e3779b97f4a7c15ULL;

/// The number that belongs to a state.
inline uint64_t SplitMix(uint64_t state) {
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace silverback

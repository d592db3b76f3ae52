// Short strings looked at and copied sixteen bytes at a time, where there is room behind them. Without it: engine/base/byte_words.h.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace silverback {

/// Sixteen bytes as a vector, as GCC and Clang have it on any machine. Comparisons give 255 for true and 0 for false, byte by byte.
using ByteLanes = uint8_t __attribute__((vector_size(16)));
inline constexpr size_t kLaneBytes = sizeof(ByteLanes);

/// 255 in the first `size` lanes and 0 in the others; in all of them if there are fewer.
inline ByteLanes FirstLanes(size_t size) {
  static constexpr auto kRamp = [] {
    std::array<uint8_t, 2 * kLaneBytes> ramp{};
    for (size_t i = 0; i < kLaneBytes; ++i) ramp[i] = 255;
    return ramp;
  }();
  ByteLanes lanes;
  std::memcpy(&lanes, kRamp.data() + kLaneBytes - std::min(size, kLaneBytes), kLaneBytes);
  return lanes;
}

/// Whether some byte is not 0.
inline bool AnyLane(const ByteLanes& lanes) {
  std::array<uint64_t, 2> words;
  std::memcpy(words.data(), &lanes, sizeof(words));
  return (words[0] | words[1]) != 0;
}

/// Copies `size` bytes from `from` to `to`, which do not overlap, and up to kLaneBytes more: both must have room for them. Calls
/// `look(lanes, of_string)` with all that was copied, one vector after the other, and with those lanes that are within `size`.
template <typename Look>
void CopyInLanes(const char* from, size_t size, char* to, const Look& look) {
  size_t at = 0;
  do {
    ByteLanes lanes;
    std::memcpy(&lanes, from + at, kLaneBytes);
    std::memcpy(to + at, &lanes, kLaneBytes);
    look(lanes, FirstLanes(size - at));
    at += kLaneBytes;
  } while (at < size);
}

}  // namespace silverback

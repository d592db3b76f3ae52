// What two strings begin with alike.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace silverback {

/// How many bytes `a` and `b` begin with alike.
inline size_t CommonPrefix(std::string_view a, std::string_view b) {
  constexpr size_t kWord = sizeof(uint64_t);
  const size_t size = std::min(a.size(), b.size());
  const auto differing = [&](size_t at) {
    uint64_t left = 0;
    uint64_t right = 0;
    std::memcpy(&left, a.data() + at, kWord);
    std::memcpy(&right, b.data() + at, kWord);
    return left ^ right;
  };
  // The first byte is the lowest, on the little-endian machines that there are.
  const auto alike = [](uint64_t bits) { return static_cast<size_t>(std::countr_zero(bits)) / 8; };
  size_t at = 0;
  if (size >= kWord) {
    for (; at + kWord < size; at += kWord) {
      if (const uint64_t bits = differing(at); bits != 0) return at + alike(bits);
    }
    // The last word, perhaps with bytes that were compared before.
    const uint64_t bits = differing(size - kWord);
    return bits == 0 ? size : size - kWord + alike(bits);
  }
  while (at < size && a[at] == b[at]) ++at;
  return at;
}

}  // namespace silverback

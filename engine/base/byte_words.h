// Short strings looked at and copied eight bytes at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace silverback {

/// Each byte of the word is `byte`.
constexpr uint64_t RepeatByte(unsigned char byte) {
  return uint64_t{0x0101010101010101} * byte;
}

/// Not 0 if and only if some byte of `word` is below `bound`, which is at most 128. (Henry S. Warren, Hacker's Delight, 6-1: the lowest such
/// byte is told exactly, those above it are not.)
constexpr uint64_t BytesBelow(uint64_t word, unsigned char bound) {
  return (word - RepeatByte(bound)) & ~word & RepeatByte(0x80);
}

/// Copies `size` bytes from `from` to `to`, which do not overlap, and calls `look` with words that hold each of them at least once, and
/// letters 'a' where there are too few. Neither reads nor writes any other byte.
template <typename Look>
void CopyInWords(const char* from, size_t size, char* to, const Look& look) {
  uint64_t word = 0;
  if (size >= sizeof(word)) {
    for (size_t at = 0; at + sizeof(word) < size; at += sizeof(word)) {
      std::memcpy(&word, from + at, sizeof(word));
      std::memcpy(to + at, &word, sizeof(word));
      look(word);
    }
    std::memcpy(&word, from + size - sizeof(word), sizeof(word));
    std::memcpy(to + size - sizeof(word), &word, sizeof(word));
  } else if (size >= sizeof(uint32_t)) {
    uint32_t first = 0;
    uint32_t last = 0;
    std::memcpy(&first, from, sizeof(first));
    std::memcpy(&last, from + size - sizeof(last), sizeof(last));
    std::memcpy(to, &first, sizeof(first));
    std::memcpy(to + size - sizeof(last), &last, sizeof(last));
    word = uint64_t{last} << 32 | first;
  } else {
    word = RepeatByte('a');
    for (size_t at = 0; at < size; ++at) {
      to[at] = from[at];
      word = word << 8 | static_cast<unsigned char>(from[at]);
    }
  }
  look(word);
}

}  // namespace silverback

// Decimal digits, eight at a time and without branches. Private to query/api.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "engine/base/check.h"

namespace silverback {

/// The digits of a value below 10^8, leading zeros included, as eight characters: the first in the lowest byte, so that a copy of the
/// word (on the little-endian machines that there are) is the text.
inline uint64_t EightDigits(uint32_t value) {
  // Two parts of four digits, four of two, eight of one, each in its share of the word. The quotients by 100 and 10 are those of
  // multiplications that are exact for so small numbers.
  const uint64_t fours = value / 10000 | uint64_t{value % 10000} << 32;
  const uint64_t hundreds = fours * 10486 >> 20 & 0x0000'007f'0000'007f;
  const uint64_t twos = hundreds | (fours - 100 * hundreds) << 16;
  const uint64_t tens = twos * 103 >> 10 & 0x000f'000f'000f'000f;
  return (tens | (twos - 10 * tens) << 8) + 0x3030'3030'3030'3030;
}

/// How many of the eight characters are zeros at the front, or at the end.
inline int LeadingZeros(uint64_t eight) {
  return std::countr_zero(eight ^ 0x3030'3030'3030'3030) / 8;
}
inline int TrailingZeros(uint64_t eight) {
  return std::countl_zero(eight ^ 0x3030'3030'3030'3030) / 8;
}

/// Writes a whole number below 10^8 to `at`, where 8 bytes may be written; returns the end of its text.
inline char* WriteUpToEightDigits(char* at, uint32_t value) {
  if (value < 100) {  // the front of most times and sizes
    *at = static_cast<char>('0' + value / 10);
    at += value < 10 ? 0 : 1;
    *at++ = static_cast<char>('0' + value % 10);
    return at;
  }
  uint64_t digits = EightDigits(value);
  const int zeros = LeadingZeros(digits);
  digits >>= 8 * zeros;
  std::memcpy(at, &digits, 8);
  return at + 8 - zeros;
}

/// Writes a whole number below 10^16 to `at`, where 16 bytes may be written; returns the end of its text.
inline char* WriteBelow16Digits(char* at, uint64_t value) {
  constexpr uint64_t kEight = 100'000'000;
  SB_DCHECK_LT(value, kEight * kEight);
  if (value < kEight) return WriteUpToEightDigits(at, static_cast<uint32_t>(value));
  at = WriteUpToEightDigits(at, static_cast<uint32_t>(value / kEight));
  const uint64_t digits = EightDigits(static_cast<uint32_t>(value % kEight));
  std::memcpy(at, &digits, 8);
  return at + 8;
}

/// A decimal fraction, 0.d1d2d3... * 10^point, of up to 17 digits.
class Decimal {
 public:
  static constexpr int kDigitsMax = 17;
  /// What `Write` may write behind the end of its text.
  static constexpr int kOverwrite = 24;

  /// significand * 10^exponent. REQUIRES: 0 < significand < 10^17.
  Decimal(uint64_t significand, int exponent) {
    constexpr uint64_t kEight = 100'000'000;
    SB_DCHECK(significand > 0 && significand < 10 * kEight * kEight);
    // To the left, so that the first digit is no zero: mostly there are 17 or 16.
    point_ = kDigitsMax + exponent;
    while (significand < kEight * kEight) {
      significand *= 10;
      --point_;
    }
    const uint64_t top = significand / kEight;
    const uint64_t first = significand / (kEight * kEight);
    first_ = static_cast<char>('0' + first);
    middle_ = EightDigits(static_cast<uint32_t>(top - first * kEight));
    last_ = EightDigits(static_cast<uint32_t>(significand - top * kEight));
    const int zeros = TrailingZeros(last_);
    count_ = kDigitsMax - zeros - (zeros == 8 ? TrailingZeros(middle_) : 0);
  }

  /// The digits with a point and no exponent; returns the end. Up to `kOverwrite` bytes behind it may be written.
  char* Write(char* at) const {
    if (point_ <= 0 && point_ >= -6) {
      std::memcpy(at, "0.000000", 8);
      WriteDigits(at + 2 - point_);
      return at + 2 - point_ + count_;
    }
    if (point_ <= 0 || point_ > 7 || point_ >= count_) return WriteFar(at);
    // The digits behind the point stand one further: all go there, then what is before them, and some behind once more, over it.
    WriteDigits(at + 1);
    const uint64_t front = static_cast<unsigned char>(first_) | middle_ << 8;
    const uint64_t before = (uint64_t{1} << 8 * point_) - 1;
    const uint64_t text =
        (front & before) | uint64_t{'.'} << 8 * point_ | (front << 8 & ~(before << 8 | 0xff));
    std::memcpy(at, &text, 8);
    return at + count_ + 1;
  }

 private:
  void WriteDigits(char* at) const {
    *at = first_;
    std::memcpy(at + 1, &middle_, 8);
    std::memcpy(at + 9, &last_, 8);
  }

  /// Wherever the point is.
  char* WriteFar(char* at) const {
    if (point_ <= 0) {
      at[0] = '0';
      at[1] = '.';
      std::memset(at + 2, '0', static_cast<size_t>(-point_));
      WriteDigits(at + 2 - point_);
      return at + 2 - point_ + count_;
    }
    WriteDigits(at);
    if (point_ >= count_) {
      std::memset(at + count_, '0', static_cast<size_t>(point_ - count_));
      return at + point_;
    }
    std::memmove(at + point_ + 1, at + point_, static_cast<size_t>(kDigitsMax - point_));
    at[point_] = '.';
    return at + count_ + 1;
  }

  uint64_t middle_;
  uint64_t last_;
  int count_;
  int point_;
  char first_;
};

}  // namespace silverback

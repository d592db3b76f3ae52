// Values of a log record, one after the other: a 4-bit code each, and as few bytes as the value
// needs beside its predecessor. Exact, and cheap rather than smallest: blocks compress, the log
// only has to be smaller than what arrives. Bytes: docs/format/log.md, "Values". Private to this
// folder; inline because it runs once a sample.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "engine/base/coding.h"
#include "engine/base/value.h"

namespace silverback::log {

/// What a value's code says. Stored: never renumber.
enum ValueCode : unsigned {
  kSameCode = 0,      ///< The predecessor's bits. No bytes.
  kDeltaCode = 1,     ///< 1 to 5: difference of mantissas, zigzag, in that many bytes.
  kMantissaCode = 6,  ///< 6 to 11: mantissa, zigzag, in 1 to 6 bytes.
  kNewExponentCode =
      12,  ///< A byte: exponent + (length - 1) * 16; then the mantissa, zigzag, in `length` bytes.
  kBitDeltaCode = 13,  ///< A byte, then the difference of bit patterns (see EncodeOther).
  kRawCode = 14,       ///< The 8 bytes of the double.
  kZeroCode = 15,      ///< +0. No bytes.
};

inline constexpr unsigned kMaxDeltaBytes = 5;
inline constexpr unsigned kMaxMantissaBytes = 6;

/// The most bytes that a value takes beside its code.
inline constexpr size_t kMaxValueBytes = 8;
/// What the encoder may overwrite behind the value's own bytes.
inline constexpr size_t kValueSlackBytes = 8;

inline constexpr unsigned kMaxExponent = 15;
inline constexpr std::array<double, kMaxExponent + 1> kPowersOfTen = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

/// The largest integer whose product with a power of ten is at most 2^50. (Divisions take longer than all else here.)
inline constexpr std::array<int64_t, kMaxExponent + 1> kLargestToScale = [] {
  std::array<int64_t, kMaxExponent + 1> largest{};
  for (unsigned e = 0; e <= kMaxExponent; ++e) {
    largest[e] = (int64_t{1} << 50) / static_cast<int64_t>(kPowersOfTen[e]);
  }
  return largest;
}();

inline unsigned ByteLength(uint64_t value) {
  return (static_cast<unsigned>(std::bit_width(value | 1)) + 7) / 8;
}

/// What both sides remember of the values before.
struct ValueState {
  uint64_t bits = 0;     ///< Of the predecessor; at first those of +0.
  int64_t mantissa = 0;  ///< The last decimal was mantissa / 10^exponent.
  unsigned exponent = 0;
};

class ValueEncoder {
 public:
  /// Writes the value's bytes at `*out` and advances it; returns the code. REQUIRES: kMaxValueBytes
  /// + kValueSlackBytes can be written at `*out`.
  unsigned Encode(double value, char** out) {
    const uint64_t bits = BitsOf(value);
    if (bits == state_.bits) return kSameCode;
    if (bits == 0) {
      state_.bits = 0;
      return kZeroCode;
    }
    int64_t mantissa = 0;
    unsigned exponent = 0;
    const bool decimal = FindDecimal(value, &mantissa, &exponent);
    const unsigned code = decimal ? EncodeDecimal(mantissa, exponent, out) : EncodeOther(bits, out);
    state_.bits = bits;
    return code;
  }

 private:
  /// True, and how, if value = mantissa / 10^exponent to the bit. Misses some decimals where
  /// searching would not pay.
  bool FindDecimal(double value, int64_t* mantissa, unsigned* exponent) {
    constexpr double kMaxInteger = 9007199254740992.0;  // 2^53
    if (value > -kMaxInteger && value < kMaxInteger) {
      const auto integer = static_cast<int64_t>(value);
      if (static_cast<double>(integer) == value && integer != 0) {
        return ScaleInteger(integer, mantissa, exponent);
      }
      const unsigned highest = HighestExponent(value);
      if (state_.exponent != 0 && state_.exponent <= highest &&
          IsDecimal(value, state_.exponent, mantissa)) {
        *exponent = state_.exponent;
        misses_ = 0;
        return true;
      }
      // Values of full precision come in rows: after a few, look at one in 16 only. A decimal with
      // any number of digits is also one with the most digits, so one look tells whether searching
      // for the fewest is worth it.
      if ((misses_ < 4 || misses_ % 16 == 0) && highest > 0 &&
          IsDecimal(value, highest, mantissa)) {
        misses_ = 0;
        *exponent = 1;
        while (!IsDecimal(value, *exponent, mantissa)) ++*exponent;
        return true;
      }
      ++misses_;
    }
    return false;
  }

  /// An integer is left as it is, unless changing the exponent costs more than scaling it.
  bool ScaleInteger(int64_t integer, int64_t* mantissa, unsigned* exponent) const {
    *mantissa = integer;
    *exponent = 0;
    if (state_.exponent == 0) return true;
    const int64_t largest = kLargestToScale[state_.exponent];
    if (integer > largest || integer < -largest) return true;
    const int64_t scaled = integer * static_cast<int64_t>(kPowersOfTen[state_.exponent]);
    const unsigned bytes_scaled =
        std::min(ByteLength(ZigZag(scaled)), ByteLength(ZigZag(scaled - state_.mantissa)));
    if (bytes_scaled <= 1 + ByteLength(ZigZag(integer))) {
      *mantissa = scaled;
      *exponent = state_.exponent;
    }
    return true;
  }

  /// The largest exponent that keeps mantissas below 2^50, where rounding cannot hide a decimal.
  /// REQUIRES: |value| < 2^53.
  static unsigned HighestExponent(double value) {
    const auto binary_exponent = static_cast<int>((BitsOf(value) >> 52) & 0x7ff) - 1022;
    const int room = 50 - binary_exponent;
    if (room <= 0) return 0;
    return std::min(kMaxExponent, static_cast<unsigned>(room) * 1233 / 4096);  // log10(2)
  }

  static bool IsDecimal(double value, unsigned exponent, int64_t* mantissa) {
    constexpr double kRounder = 6755399441055744.0;  // 1.5 * 2^52: adding it rounds to an integer
    const double rounded = (value * kPowersOfTen[exponent] + kRounder) - kRounder;
    *mantissa = static_cast<int64_t>(rounded);
    return SameBits(rounded / kPowersOfTen[exponent], value) && *mantissa != 0;
  }

  unsigned EncodeDecimal(int64_t mantissa, unsigned exponent, char** out) {
    const uint64_t absolute = ZigZag(mantissa);
    const unsigned absolute_bytes = ByteLength(absolute);
    const uint64_t delta = ZigZag(mantissa - state_.mantissa);
    const unsigned delta_bytes = ByteLength(delta);
    state_.mantissa = mantissa;
    if (exponent == state_.exponent) {
      if (delta_bytes <= kMaxDeltaBytes && delta_bytes <= absolute_bytes) {
        Store(delta, delta_bytes, out);
        return kDeltaCode + delta_bytes - 1;
      }
      if (absolute_bytes <= kMaxMantissaBytes) {
        Store(absolute, absolute_bytes, out);
        return kMantissaCode + absolute_bytes - 1;
      }
    }
    state_.exponent = exponent;
    *(*out)++ = static_cast<char>(exponent | (absolute_bytes - 1) << 4);
    Store(absolute, absolute_bytes, out);
    return kNewExponentCode;
  }

  /// The difference of the bit patterns as a magnitude without the zero bytes at either end, if
  /// that is shorter than the value. Its first byte: bytes stored - 1 (bits 0 to 2), zero bytes cut
  /// off at the low end (3 to 5), negative (6).
  unsigned EncodeOther(uint64_t bits, char** out) const {
    const uint64_t difference = bits - state_.bits;
    const bool negative = static_cast<int64_t>(difference) < 0;
    uint64_t magnitude = negative ? 0 - difference : difference;
    const unsigned cut = static_cast<unsigned>(std::countr_zero(magnitude)) / 8;
    magnitude >>= 8 * cut;
    const unsigned bytes = ByteLength(magnitude);
    if (bytes + 1 >= kMaxValueBytes) {
      Store(bits, kMaxValueBytes, out);
      return kRawCode;
    }
    *(*out)++ = static_cast<char>((bytes - 1) | cut << 3 | (negative ? 1u << 6 : 0u));
    Store(magnitude, bytes, out);
    return kBitDeltaCode;
  }

  static void Store(uint64_t value, unsigned bytes, char** out) {
    std::memcpy(*out, &value, sizeof(value));
    *out += bytes;
  }

  ValueState state_;
  unsigned misses_ = 0;  // values in a row that are no decimals
};

class ValueDecoder {
 public:
  /// Decodes the value with `code` (0 to 15) from the front of [*in, end) and advances. False if
  /// the bytes end or make no sense.
  bool Decode(unsigned code, const char** in, const char* end, double* value) {
    switch (code) {
      case kSameCode:
        *value = ValueOf(state_.bits);
        return true;
      case kZeroCode:
        state_.bits = 0;
        *value = 0;
        return true;
      case kNewExponentCode:
        if (!LoadExponent(in, end)) return false;
        break;
      case kBitDeltaCode:
        if (!LoadBitDelta(in, end)) return false;
        *value = ValueOf(state_.bits);
        return true;
      case kRawCode:
        if (!Load(kMaxValueBytes, in, end, &state_.bits)) return false;
        *value = ValueOf(state_.bits);
        return true;
      default:
        if (!LoadMantissa(code, in, end)) return false;
    }
    *value = static_cast<double>(state_.mantissa);
    if (state_.exponent != 0) *value /= kPowersOfTen[state_.exponent];
    state_.bits = BitsOf(*value);
    return true;
  }

 private:
  bool LoadMantissa(unsigned code, const char** in, const char* end) {
    const bool is_delta = code < kMantissaCode;
    uint64_t raw = 0;
    if (!Load(is_delta ? code : code - kMantissaCode + 1, in, end, &raw)) return false;
    const uint64_t base = is_delta ? static_cast<uint64_t>(state_.mantissa) : 0;
    state_.mantissa = static_cast<int64_t>(base + static_cast<uint64_t>(UnZigZag(raw)));
    return true;
  }

  bool LoadExponent(const char** in, const char* end) {
    uint64_t first = 0;
    uint64_t raw = 0;
    if (!Load(1, in, end, &first) || first >> 7 != 0) return false;
    if (!Load(static_cast<unsigned>(first >> 4) + 1, in, end, &raw)) return false;
    state_.exponent = static_cast<unsigned>(first & 15);
    state_.mantissa = UnZigZag(raw);
    return true;
  }

  bool LoadBitDelta(const char** in, const char* end) {
    uint64_t first = 0;
    uint64_t magnitude = 0;
    if (!Load(1, in, end, &first) || first >> 7 != 0) return false;
    if (!Load(static_cast<unsigned>(first & 7) + 1, in, end, &magnitude)) return false;
    magnitude <<= 8 * ((first >> 3) & 7);
    state_.bits += (first >> 6) != 0 ? 0 - magnitude : magnitude;
    return true;
  }

  /// REQUIRES: 1 <= bytes <= 8.
  static bool Load(unsigned bytes, const char** in, const char* end, uint64_t* value) {
    const auto left = static_cast<size_t>(end - *in);
    if (left >= sizeof(*value)) {
      std::memcpy(value, *in, sizeof(*value));
      *value &= ~uint64_t{0} >> (64 - 8 * bytes);
    } else {
      if (left < bytes) return false;
      *value = 0;
      std::memcpy(value, *in, bytes);
    }
    *in += bytes;
    return true;
  }

  ValueState state_;
};

}  // namespace silverback::log

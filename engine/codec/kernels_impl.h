// The bodies of engine/codec/kernels.h, included once by a source file per instruction set.
//
// Everything lies in an unnamed namespace and nothing of the standard library is instantiated: a
// function compiled for a newer instruction set must never be the copy that the linker keeps for
// all.
#pragma once

#include <cstdint>
#include <cstring>

#include "engine/codec/kernels.h"

namespace silverback::codec {
namespace {

using Words [[gnu::vector_size(kLineBytes)]] = uint64_t;
using Doubles [[gnu::vector_size(kLineBytes)]] = double;

// 2^52: a double whose mantissa's lowest bit counts 1.
constexpr uint64_t kOneUlpBits = 0x4330000000000000ULL;
constexpr double kOneUlp = 4503599627370496.0;
// 1.5 * 2^52: adding it rounds doubles within +-2^51 to integers, in the mantissa's low bits.
constexpr double kRound = 6755399441055744.0;
constexpr uint64_t kRoundBits = 0x4338000000000000ULL;
constexpr double kMaxScaled = 2251799813685248.0;

void Unpack(const char* lines, uint32_t width, uint64_t first_bit, uint32_t rows, uint64_t* slots) {
  if (width == 0) {
    std::memset(slots, 0, uint64_t{rows} * kLineBytes);
    return;
  }
  const uint64_t mask = width == 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1;
  uint64_t bit = first_bit;
  for (uint32_t row = 0; row < rows; ++row, bit += width) {
    const char* line = lines + (bit >> 6) * kLineBytes;
    const uint64_t shift = bit & 63;
    Words low;
    Words high;
    std::memcpy(&low, line, kLineBytes);
    std::memcpy(&high, line + kLineBytes, kLineBytes);
    const Words value = ((low >> shift) | ((high << 1) << (63 - shift))) & mask;
    std::memcpy(slots + uint64_t{row} * kLanes, &value, kLineBytes);
  }
}

void Pack(const uint64_t* slots, uint32_t width, uint32_t rows, char* lines) {
  if (width == 0) return;
  Words pending = {};
  uint32_t filled = 0;
  for (uint32_t row = 0; row < rows; ++row) {
    Words value;
    std::memcpy(&value, slots + uint64_t{row} * kLanes, kLineBytes);
    pending |= value << uint64_t{filled};
    if (filled + width >= 64) {
      std::memcpy(lines, &pending, kLineBytes);
      lines += kLineBytes;
      pending = (value >> 1) >> uint64_t{63 - filled};
      filled = filled + width - 64;
    } else {
      filled += width;
    }
  }
  if (filled > 0) std::memcpy(lines, &pending, kLineBytes);
}

void SumLanes(const uint64_t* slots, uint32_t rows, const uint64_t* bases, uint64_t step,
              uint64_t* out) {
  Words sum;
  std::memcpy(&sum, bases, kLineBytes);
  sum -= step;
  Words first = {};
  uint32_t row = 0;
  for (; row + 4 <= rows; row += 4) {
    Words r[4];
    std::memcpy(r, slots + uint64_t{row} * kLanes, sizeof(r));
    if (row == 0) r[0] = first;
    r[0] = sum + r[0] + step;
    r[1] = r[0] + r[1] + step;
    r[2] = r[1] + r[2] + step;
    sum = r[3] = r[2] + r[3] + step;
    const Words a = __builtin_shufflevector(r[0], r[1], 0, 4, 2, 6);
    const Words b = __builtin_shufflevector(r[0], r[1], 1, 5, 3, 7);
    const Words c = __builtin_shufflevector(r[2], r[3], 0, 4, 2, 6);
    const Words d = __builtin_shufflevector(r[2], r[3], 1, 5, 3, 7);
    const Words lanes[4] = {
        __builtin_shufflevector(a, c, 0, 1, 4, 5), __builtin_shufflevector(b, d, 0, 1, 4, 5),
        __builtin_shufflevector(a, c, 2, 3, 6, 7), __builtin_shufflevector(b, d, 2, 3, 6, 7)};
    for (uint32_t lane = 0; lane < kLanes; ++lane) {
      std::memcpy(out + uint64_t{lane} * rows + row, &lanes[lane], kLineBytes);
    }
  }
  for (; row < rows; ++row) {
    Words value;
    std::memcpy(&value, slots + uint64_t{row} * kLanes, kLineBytes);
    if (row == 0) value = first;
    sum += value + step;
    for (uint32_t lane = 0; lane < kLanes; ++lane) out[uint64_t{lane} * rows + row] = sum[lane];
  }
}

// One value, for the rows that fill no register.
double ToDouble(uint64_t integer, double factor, double offset, double divisor) {
  const uint64_t bits = integer | kOneUlpBits;
  double value;
  std::memcpy(&value, &bits, sizeof(value));
  return ((value - kOneUlp) * factor + offset) / divisor;
}

template <bool kDivide>
void ToDoublesImpl(const uint64_t* integers, uint32_t count, double factor, double offset,
                   double divisor, double* out) {
  uint32_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    Words bits;
    std::memcpy(&bits, integers + i, kLineBytes);
    bits |= kOneUlpBits;
    Doubles value;
    std::memcpy(&value, &bits, kLineBytes);
    value = (value - kOneUlp) * factor + offset;
    if constexpr (kDivide) value /= divisor;
    std::memcpy(out + i, &value, kLineBytes);
  }
  for (; i < count; ++i) out[i] = ToDouble(integers[i], factor, offset, divisor);
}

void ToDoubles(const uint64_t* integers, uint32_t count, double factor, double offset,
               double divisor, double* out) {
  if (divisor == 1) {
    ToDoublesImpl<false>(integers, count, factor, offset, divisor, out);
  } else {
    ToDoublesImpl<true>(integers, count, factor, offset, divisor, out);
  }
}

uint32_t Scale(const double* values, uint32_t count, double power, int64_t* integers,
               uint8_t* failed) {
  uint32_t failures = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const double scaled = values[i] * power;
    const double rounded = scaled + kRound;
    uint64_t bits;
    std::memcpy(&bits, &rounded, sizeof(bits));
    const double back = (rounded - kRound) / power;
    uint64_t back_bits;
    uint64_t value_bits;
    std::memcpy(&back_bits, &back, sizeof(bits));
    std::memcpy(&value_bits, &values[i], sizeof(bits));
    const bool inside = scaled < kMaxScaled && scaled > -kMaxScaled;
    const bool fails = !inside | (back_bits != value_bits);
    integers[i] = static_cast<int64_t>(bits - kRoundBits);
    failed[i] = fails;
    failures += fails;
  }
  return failures;
}

constexpr Kernels MakeKernels(const char* name) {
  return {name, &Unpack, &Pack, &SumLanes, &ToDoubles, &Scale};
}

}  // namespace
}  // namespace silverback::codec

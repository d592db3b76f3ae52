// The bodies of engine/codec/kernels.h, included once by a source file per instruction set.
//
// Everything lies in an unnamed namespace and nothing of the standard library is instantiated: a
// function compiled for a newer instruction set must never be the copy that the linker keeps for
// all.
#pragma once

#include <cstdint>
#include <cstring>
#include <utility>

#include "engine/codec/kernels.h"

namespace silverback::codec {
namespace {

using Words [[gnu::vector_size(kLineBytes)]] = uint64_t;
using Doubles [[gnu::vector_size(kLineBytes)]] = double;

// memcpy of one register at a time: of arrays of them, g++ makes halves that the next load stalls on.
inline Words LoadWords(const void* from) {
  Words words;
  std::memcpy(&words, from, kLineBytes);
  return words;
}
template <typename Vector>
inline void StoreVector(void* to, Vector value) {
  std::memcpy(to, &value, kLineBytes);
}

// 2^52: a double whose mantissa's lowest bit counts 1.
constexpr uint64_t kOneUlpBits = 0x4330000000000000ULL;
constexpr double kOneUlp = 4503599627370496.0;
// 1.5 * 2^52: adding it rounds doubles within +-2^51 to integers, in the mantissa's low bits.
constexpr double kRound = 6755399441055744.0;
constexpr uint64_t kRoundBits = 0x4338000000000000ULL;
constexpr double kMaxScaled = 2251799813685248.0;

// One row of a chunk, its place known to the compiler.
template <uint32_t kWidth, uint32_t kRow>
inline void UnpackRow(const char* lines, Words mask, Words add, uint64_t* slots) {
  constexpr uint32_t kBit = kRow * kWidth;
  constexpr uint32_t kShift = kBit % 64;
  const char* line = lines + uint64_t{kBit / 64} * kLineBytes;
  Words value = LoadWords(line) >> kShift;
  if constexpr (kShift + kWidth > 64) value |= LoadWords(line + kLineBytes) << (64 - kShift);
  if constexpr (kShift + kWidth != 64) value &= mask;
  StoreVector<Words>(slots + uint64_t{kRow} * kLanes, value + add);
}

template <uint32_t kWidth, uint32_t... kRows>
inline void UnpackRows(const char* lines, uint64_t add, uint64_t* slots,
                       std::integer_sequence<uint32_t, kRows...> /*rows*/) {
  const Words mask = Words{} + (kWidth == 64 ? ~uint64_t{0} : (uint64_t{1} << kWidth % 64) - 1);
  const Words added = Words{} + add;
  (UnpackRow<kWidth, kRows>(lines, mask, added, slots), ...);
}

template <uint32_t kWidth>
void UnpackChunkOf(const char* lines, uint64_t add, uint64_t* slots) {
  if constexpr (kWidth == 0) {
    for (uint32_t i = 0; i < kChunkRows * kLanes; ++i) slots[i] = add;
  } else {
    UnpackRows<kWidth>(lines, add, slots, std::make_integer_sequence<uint32_t, kChunkRows>());
  }
}

using UnpackChunkFunction = void (*)(const char*, uint64_t, uint64_t*);

struct UnpackTable {
  UnpackChunkFunction of_width[65];
};

template <uint32_t... kWidths>
constexpr UnpackTable MakeUnpackTable(std::integer_sequence<uint32_t, kWidths...> /*widths*/) {
  return {{&UnpackChunkOf<kWidths>...}};
}
constexpr UnpackTable kUnpackTable = MakeUnpackTable(std::make_integer_sequence<uint32_t, 65>());

void UnpackChunk(const char* lines, uint32_t width, uint64_t add, uint64_t* slots) {
  kUnpackTable.of_width[width](lines, add, slots);
}

void Unpack(const char* lines, uint32_t width, uint64_t first_bit, uint32_t rows, uint64_t add,
            uint64_t* slots) {
  if (width == 0) {
    for (uint64_t i = 0; i < uint64_t{rows} * kLanes; ++i) slots[i] = add;
    return;
  }
  const uint64_t mask = width == 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1;
  uint64_t bit = first_bit;
  for (uint32_t row = 0; row < rows; ++row, bit += width) {
    const char* line = lines + (bit >> 6) * kLineBytes;
    const uint64_t shift = bit & 63;
    const Words low = LoadWords(line);
    const Words high = LoadWords(line + kLineBytes);
    StoreVector<Words>(slots + uint64_t{row} * kLanes,
                       (((low >> shift) | ((high << 1) << (63 - shift))) & mask) + add);
  }
}

void Pack(const uint64_t* slots, uint32_t width, uint32_t rows, char* lines) {
  if (width == 0) return;
  Words pending = {};
  uint32_t filled = 0;
  for (uint32_t row = 0; row < rows; ++row) {
    const Words value = LoadWords(slots + uint64_t{row} * kLanes);
    pending |= value << uint64_t{filled};
    if (filled + width >= 64) {
      StoreVector<Words>(lines, pending);
      lines += kLineBytes;
      pending = (value >> 1) >> uint64_t{63 - filled};
      filled = filled + width - 64;
    } else {
      filled += width;
    }
  }
  if (filled > 0) StoreVector<Words>(lines, pending);
}

// Stores four rows of four lanes, each lane's four values side by side.
inline void StoreTransposed(Words r0, Words r1, Words r2, Words r3, uint64_t lane_stride,
                            uint64_t* out) {
  const Words a = __builtin_shufflevector(r0, r1, 0, 4, 2, 6);
  const Words b = __builtin_shufflevector(r0, r1, 1, 5, 3, 7);
  const Words c = __builtin_shufflevector(r2, r3, 0, 4, 2, 6);
  const Words d = __builtin_shufflevector(r2, r3, 1, 5, 3, 7);
  StoreVector<Words>(out, __builtin_shufflevector(a, c, 0, 1, 4, 5));
  StoreVector<Words>(out + lane_stride, __builtin_shufflevector(b, d, 0, 1, 4, 5));
  StoreVector<Words>(out + 2 * lane_stride, __builtin_shufflevector(a, c, 2, 3, 6, 7));
  StoreVector<Words>(out + 3 * lane_stride, __builtin_shufflevector(b, d, 2, 3, 6, 7));
}

void SumLanes(const uint64_t* slots, uint32_t rows, const uint64_t* bases, uint64_t* out) {
  const uint64_t stride = rows;
  // The sum before row 0, whose slots may hold anything.
  Words sum = LoadWords(bases) - LoadWords(slots);
  uint64_t row = 0;
  for (; row + 4 <= stride; row += 4) {
    const uint64_t* from = slots + row * kLanes;
    const Words r0 = sum + LoadWords(from);
    const Words r1 = r0 + LoadWords(from + kLanes);
    const Words r2 = r1 + LoadWords(from + 2 * kLanes);
    const Words r3 = r2 + LoadWords(from + 3 * kLanes);
    StoreTransposed(r0, r1, r2, r3, stride, out + row);
    sum = r3;
  }
  for (; row < stride; ++row) {
    sum += LoadWords(slots + row * kLanes);
    for (uint32_t lane = 0; lane < kLanes; ++lane) out[lane * stride + row] = sum[lane];
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
    const Words bits = LoadWords(integers + i) | kOneUlpBits;
    Doubles value;
    std::memcpy(&value, &bits, kLineBytes);
    value = (value - kOneUlp) * factor + offset;
    if constexpr (kDivide) value /= divisor;
    StoreVector<Doubles>(out + i, value);
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
  return {name, &UnpackChunk, &Unpack, &Pack, &SumLanes, &ToDoubles, &Scale};
}

}  // namespace
}  // namespace silverback::codec

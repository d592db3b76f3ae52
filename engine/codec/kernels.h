// The loops that decoding spends its time in, compiled for several instruction sets and chosen at
// start.
//
// Integers are packed in *lines* of four lanes. Slot s of a column is row s / 4 of lane s % 4; each
// lane packs its rows' lowest `width` bits one after the other into 64-bit words, lowest bit first;
// word k of lane l stands at byte (4 k + l) * 8. So one 256-bit register holds four neighbouring
// slots' words, all shifted by the same count (the idea of FastLanes, Afroozeh and Boncz, VLDB
// 2023, with the lanes that AVX2 and doubles need).
#pragma once

#include <cstdint>

namespace silverback::codec {

inline constexpr uint32_t kLanes = 4;
/// Rows of a chunk: as many as fill whole lines at any width.
inline constexpr uint32_t kChunkRows = 64;
/// Bytes of a line: one word of every lane.
inline constexpr uint32_t kLineBytes = kLanes * 8;

/// One instruction set's loops. All variants give the same bits. None of them allocates.
struct Kernels {
  const char* name;

  /// Unpacks the kChunkRows rows that `width` lines hold and adds `add` (modulo 2^64) to each: the fast path of
  /// `unpack`. REQUIRES: width <= 64.
  void (*unpack_chunk)(const char* lines, uint32_t width, uint64_t add, uint64_t* slots);

  /// Unpacks `rows` rows, the first of which starts at bit `first_bit` of each lane, into slots[0, rows * kLanes), and
  /// adds `add` (modulo 2^64) to each. Reads the lines up to and including the one after the last row's last bit.
  /// REQUIRES: width <= 64.
  void (*unpack)(const char* lines, uint32_t width, uint64_t first_bit, uint32_t rows, uint64_t add,
                 uint64_t* slots);

  /// Packs slots[0, rows * kLanes) into ceil(rows * width / 64) lines. Each slot must fit in
  /// `width` (<= 64) bits.
  void (*pack)(const uint64_t* slots, uint32_t width, uint32_t rows, char* lines);

  /// Running sums down the lanes, each lane becoming neighbours: out[l * rows + r] is, modulo 2^64,
  /// bases[l] + slots[1 * 4 + l] + ... + slots[r * 4 + l]. The slots of row 0 are not
  /// looked at.
  void (*sum_lanes)(const uint64_t* slots, uint32_t rows, const uint64_t* bases, uint64_t* out);

  /// out[i] = (integers[i] * factor + offset) / divisor. Integers must lie below 2^52 (others give
  /// some double).
  void (*to_doubles)(const uint64_t* integers, uint32_t count, double factor, double offset,
                     double divisor, double* out);

  /// integers[i] = values[i] * power to the nearest, failed[i] = whether integers[i] / power is not
  /// exactly values[i] bit for bit, or is not within +-2^51; returns how many failed.
  uint32_t (*scale)(const double* values, uint32_t count, double power, int64_t* integers,
                    uint8_t* failed);
};

/// The best variant that this machine runs, found once.
const Kernels& ActiveKernels();

/// Every variant that this machine runs, the portable one first: for tests that they agree, and
/// benchmarks.
struct KernelList {
  const Kernels* variants[2] = {};
  uint32_t count = 0;
};
KernelList AvailableKernels();

}  // namespace silverback::codec

// Bits in order, highest of each byte first, and the numbers that Prometheus' chunks are made of.
#pragma once

#include <cstdint>
#include <string>

namespace silverback::remote_read {

/// Appends bits to a string of bytes. Not thread-safe.
class BitWriter {
 public:
  /// The lowest `width` bits, highest first. REQUIRES: width <= 64.
  void PutBits(uint64_t bits, uint32_t width);
  void PutByte(uint8_t byte) { PutBits(byte, 8); }
  void PutDouble(double value);
  /// Seven bits a byte, lowest first; signed numbers in zigzag.
  void PutUvarint(uint64_t value);
  void PutVarint(int64_t value);
  /// A prefix of ones that says how many bits follow: 0, 3, 6, 9, 12, 18, 25, 56 or 64.
  void PutVarbitUint(uint64_t value);
  void PutVarbitInt(int64_t value);

  /// Whether a signed number is one of those that `bits` bits stand for: one more upwards than two's complement has
  /// downwards.
  static bool Fits(int64_t value, uint32_t bits);

  /// Everything so far; the writer is empty afterwards.
  std::string Take();

 private:
  std::string bytes_;
  uint32_t free_bits_ = 0;  // of the last byte
};

/// A double of which each value is written by its difference to the one before:
/// `0` the same; `10` + the bits within the last window; `11` + 5 bits leading zeros, 6 bits length (0 is 64), the bits.
class XorField {
 public:
  /// The first value, whole.
  void Start(double value, BitWriter* out);
  void Put(double value, BitWriter* out);

 private:
  uint64_t value_ = 0;
  uint32_t leading_ = 0;
  uint32_t trailing_ = 0;
  bool has_window_ = false;
};

}  // namespace silverback::remote_read

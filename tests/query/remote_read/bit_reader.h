// Reads what a BitWriter writes, as Prometheus' documentation describes it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <catch2/catch.hpp>

namespace silverback::remote_read {

class BitReader {
 public:
  explicit BitReader(std::string bytes) : bytes_(std::move(bytes)) {}

  uint64_t Bits(uint32_t width) {
    uint64_t out = 0;
    for (; width > 0; --width, ++at_) {
      REQUIRE(at_ / 8 < bytes_.size());
      const auto byte = static_cast<uint8_t>(bytes_[at_ / 8]);
      out = out << 1 | ((byte >> (7 - at_ % 8)) & 1);
    }
    return out;
  }
  uint64_t Uvarint() {
    uint64_t out = 0;
    for (uint32_t shift = 0;; shift += 7) {
      const uint64_t byte = Bits(8);
      out |= (byte & 0x7f) << shift;
      if (byte < 0x80) return out;
    }
  }
  /// A number of `width` bits whose range is (-2^(width-1), 2^(width-1)].
  uint64_t Signed(uint32_t width) {
    const uint64_t bits = Bits(width);
    return width < 64 && bits > uint64_t{1} << (width - 1) ? bits - (uint64_t{1} << width) : bits;
  }
  uint64_t VarbitUint() { return Bits(VarbitWidth()); }
  int64_t VarbitInt() {
    const uint32_t width = VarbitWidth();
    return width == 0 ? 0 : static_cast<int64_t>(Signed(width));
  }
  /// Whether all that is left are bits that fill the last byte.
  bool AtEnd() const { return at_ <= bytes_.size() * 8 && at_ + 8 > bytes_.size() * 8; }

 private:
  uint32_t VarbitWidth() {
    constexpr uint32_t kWidths[] = {0, 3, 6, 9, 12, 18, 25, 56, 64};
    uint32_t ones = 0;
    while (ones < 8 && Bits(1) == 1) ++ones;
    return kWidths[ones];
  }

  std::string bytes_;
  size_t at_ = 0;
};

/// A double that is written by its differences.
class XorReader {
 public:
  uint64_t Start(BitReader* in) { return value_ = in->Bits(64); }
  uint64_t Next(BitReader* in) {
    if (in->Bits(1) == 0) return value_;
    if (in->Bits(1) == 1) {
      leading_ = static_cast<uint32_t>(in->Bits(5));
      const auto length = static_cast<uint32_t>(in->Bits(6));
      trailing_ = 64 - leading_ - (length == 0 ? 64 : length);
    }
    return value_ ^= in->Bits(64 - leading_ - trailing_) << trailing_;
  }

 private:
  uint64_t value_ = 0;
  uint32_t leading_ = 0;
  uint32_t trailing_ = 0;
};

}  // namespace silverback::remote_read

#include "query/remote_read/bit_writer.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

namespace silverback::remote_read {
namespace {

constexpr uint32_t kLeadingMax = 31;  // what five bits hold
/// Bits behind a varbit's prefix of 1, 2, ... ones and a zero; 64 bits have no zero.
constexpr uint32_t kVarbitWidths[] = {3, 6, 9, 12, 18, 25, 56};

/// `place`: in the widths, or one behind their end for 64 bits.
void PutVarbit(uint64_t bits, size_t place, BitWriter* out) {
  if (place == std::size(kVarbitWidths)) {
    out->PutBits(0xff, 8);
    out->PutBits(bits, 64);
    return;
  }
  const auto ones = static_cast<uint32_t>(place + 1);
  out->PutBits(((uint64_t{1} << ones) - 1) << 1, ones + 1);
  out->PutBits(bits, kVarbitWidths[place]);
}

}  // namespace

void BitWriter::PutBits(uint64_t bits, uint32_t width) {
  while (width > 0) {
    if (free_bits_ == 0) {
      bytes_.push_back('\0');
      free_bits_ = 8;
    }
    const uint32_t taken = std::min(width, free_bits_);
    const auto piece = static_cast<uint8_t>((bits >> (width - taken)) & ((1u << taken) - 1));
    bytes_.back() = static_cast<char>(static_cast<uint8_t>(bytes_.back()) |
                                      static_cast<uint8_t>(piece << (free_bits_ - taken)));
    free_bits_ -= taken;
    width -= taken;
  }
}

void BitWriter::PutDouble(double value) {
  PutBits(std::bit_cast<uint64_t>(value), 64);
}

void BitWriter::PutUvarint(uint64_t value) {
  for (; value >= 0x80; value >>= 7) PutByte(static_cast<uint8_t>(value | 0x80));
  PutByte(static_cast<uint8_t>(value));
}

void BitWriter::PutVarint(int64_t value) {
  PutUvarint((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
}

void BitWriter::PutVarbitUint(uint64_t value) {
  if (value == 0) return PutBits(0, 1);
  size_t place = 0;
  while (place < std::size(kVarbitWidths) && value >> kVarbitWidths[place] != 0) ++place;
  PutVarbit(value, place, this);
}

void BitWriter::PutVarbitInt(int64_t value) {
  if (value == 0) return PutBits(0, 1);
  size_t place = 0;
  while (place < std::size(kVarbitWidths) && !Fits(value, kVarbitWidths[place])) ++place;
  PutVarbit(static_cast<uint64_t>(value), place, this);
}

bool BitWriter::Fits(int64_t value, uint32_t bits) {
  const int64_t half = int64_t{1} << (bits - 1);
  return -(half - 1) <= value && value <= half;
}

std::string BitWriter::Take() {
  free_bits_ = 0;
  return std::exchange(bytes_, {});
}

void XorField::Start(double value, BitWriter* out) {
  *this = XorField();
  value_ = std::bit_cast<uint64_t>(value);
  out->PutBits(value_, 64);
}

void XorField::Put(double value, BitWriter* out) {
  const auto bits = std::bit_cast<uint64_t>(value);
  const uint64_t change = bits ^ std::exchange(value_, bits);
  if (change == 0) return out->PutBits(0, 1);
  const uint32_t leading =
      std::min<uint32_t>(static_cast<uint32_t>(std::countl_zero(change)), kLeadingMax);
  const auto trailing = static_cast<uint32_t>(std::countr_zero(change));
  if (has_window_ && leading >= leading_ && trailing >= trailing_) {
    out->PutBits(0b10, 2);
    out->PutBits(change >> trailing_, 64 - leading_ - trailing_);
    return;
  }
  leading_ = leading;
  trailing_ = trailing;
  has_window_ = true;
  const uint32_t length = 64 - leading - trailing;
  out->PutBits(0b11, 2);
  out->PutBits(leading, 5);
  out->PutBits(length & 63, 6);
  out->PutBits(change >> trailing, length);
}

}  // namespace silverback::remote_read

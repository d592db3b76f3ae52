// Bits in bytes, lowest bit of each byte first: what every codec here packs with.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace silverback::codec {

/// Bits that `value` needs: 0 for 0, 64 at most.
inline uint32_t BitWidth(uint64_t value) {
  return static_cast<uint32_t>(std::bit_width(value));
}

/// The lowest `width` (0 to 64) bits set.
inline uint64_t LowMask(uint32_t width) {
  return width >= 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1;
}

inline uint64_t Load64(const char* p) {
  uint64_t word;
  std::memcpy(&word, p, sizeof(word));
  return word;
}

/// The `width` (0 to 64) bits at bit `position`; bits beyond the end of `bytes` read as 0.
inline uint64_t LoadBits(std::string_view bytes, uint64_t position, uint32_t width) {
  const uint64_t first = position >> 3;
  const uint32_t shift = static_cast<uint32_t>(position & 7);
  if (first + 9 <= bytes.size()) {
    const char* p = bytes.data() + first;
    const uint64_t high = static_cast<uint8_t>(p[8]);
    return ((Load64(p) >> shift) | ((high << 1) << (63 - shift))) & LowMask(width);
  }
  char padded[16] = {};
  if (first < bytes.size()) {
    std::memcpy(padded, bytes.data() + first, std::min<uint64_t>(9, bytes.size() - first));
  }
  const uint64_t high = static_cast<uint8_t>(padded[8]);
  return ((Load64(padded) >> shift) | ((high << 1) << (63 - shift))) & LowMask(width);
}

/// An array of equally wide unsigned integers packed without gaps, read in place. Safe on any
/// bytes: what lies beyond them reads as 0.
struct PackedArray {
  std::string_view bytes;
  uint32_t width = 0;

  uint64_t operator[](uint64_t index) const { return LoadBits(bytes, index * width, width); }

  static size_t ByteSize(uint64_t count, uint32_t width) { return (count * width + 7) / 8; }
};

/// Appends bit strings to `out`; `Finish` pads the last byte with zero bits.
class BitWriter {
 public:
  explicit BitWriter(std::string* out) : out_(out) {}

  /// Writes the lowest `width` (0 to 64) bits of `bits`, whose other bits must be 0.
  void Put(uint64_t bits, uint32_t width) {
    pending_ |= bits << filled_;
    if (filled_ + width < 64) {
      filled_ += width;
      return;
    }
    Flush(8);
    pending_ = filled_ == 0 ? 0 : bits >> (64 - filled_);
    filled_ = filled_ + width - 64;
  }

  void Finish() {
    Flush((filled_ + 7) / 8);
    pending_ = 0;
    filled_ = 0;
  }

 private:
  void Flush(uint32_t bytes) {
    char buffer[8];
    std::memcpy(buffer, &pending_, 8);
    out_->append(buffer, bytes);
  }

  std::string* out_;
  uint64_t pending_ = 0;
  uint32_t filled_ = 0;
};

}  // namespace silverback::codec

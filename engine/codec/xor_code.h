// The code of one value XORed with the one before it (Pelkonen et al., "Gorilla", VLDB 2015), which the head's chunk
// and codec "xor" share. For x, the value's bits XOR those before it:
//
//   0                  x = 0
//   10   + bits        the significant bits of x, placed as the last `11` said
//   11   + 6 + 6 bits  leading zeros, significant bits - 1, then the significant bits
//
// Codes are written first bit first, fields lowest bit first.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

#include "engine/codec/bits.h"

namespace silverback::codec {

/// What encoder and decoder remember from value to value.
struct XorState {
  uint64_t bits = 0;        // of the last value
  uint8_t trailing = 0;     // zeros below the window that the last `11` opened
  uint8_t significant = 0;  // its width, 0: there was none
};

/// Encodes the next value's bits by calls of `put(bits, width)`, each of at most 64 bits.
template <typename Put>
void PutXor(uint64_t bits, XorState* state, Put&& put) {
  // A `11` costs 12 bits more than a `10`: worth it once the old window wastes more than that.
  constexpr uint32_t kWindowCostBits = 12;
  const uint64_t change = bits ^ state->bits;
  state->bits = bits;
  if (change == 0) {
    put(uint64_t{0}, 1u);
    return;
  }
  const auto trailing = static_cast<uint32_t>(std::countr_zero(change));
  const auto leading = static_cast<uint32_t>(std::countl_zero(change));
  const uint32_t significant = 64 - leading - trailing;
  const uint32_t window_end = uint32_t{state->trailing} + state->significant;
  const bool fits = trailing >= state->trailing && 64 - leading <= window_end;
  if (fits && state->significant <= significant + kWindowCostBits) {
    put(uint64_t{0b01}, 2u);
    put(change >> state->trailing, uint32_t{state->significant});
    return;
  }
  state->trailing = static_cast<uint8_t>(trailing);
  state->significant = static_cast<uint8_t>(significant);
  put(uint64_t{0b11} | leading << 2 | (significant - 1) << 8, 14u);
  put(change >> trailing, significant);
}

/// Bits to read from, at any place; beyond the end they are 0.
class BitSource {
 public:
  BitSource() = default;
  explicit BitSource(std::string_view bytes)
      : bytes_(bytes), whole_words_(bytes.size() < 9 ? 0 : (bytes.size() - 8) * 8) {}

  uint64_t size_bits() const { return bytes_.size() * 8; }

  /// At least 57 bits from `position` on; those above them are not defined.
  uint64_t Peek(uint64_t position) const {
    if (position < whole_words_) [[likely]] {
      return Load64(bytes_.data() + (position >> 3)) >> (position & 7);
    }
    return LoadBits(bytes_, position, 57);
  }

  uint64_t Get(uint64_t position, uint32_t width) const {
    return LoadBits(bytes_, position, width);
  }

 private:
  std::string_view bytes_;
  uint64_t whole_words_ = 0;  // positions below this have 8 whole bytes
};

/// Decodes one value, whose code starts at *position with the bits `word` (from Peek), and moves the position on. Any
/// bits decode to something; whether the source had them all is seen from the position.
inline void GetXor(const BitSource& source, uint64_t word, uint64_t* position, XorState* state) {
  if ((word & 1) == 0) {
    *position += 1;
    return;
  }
  uint32_t header = 2;
  if ((word & 2) != 0) {
    const auto leading = static_cast<uint32_t>(word >> 2 & 63);
    state->significant = static_cast<uint8_t>((word >> 8 & 63) + 1);
    // Damaged bits can ask for more than 64: any place will do.
    state->trailing = static_cast<uint8_t>((64 - leading - state->significant) & 63);
    header = 14;
  }
  const uint32_t significant = state->significant;
  const uint64_t change = header + significant <= 57 ? word >> header & LowMask(significant)
                                                     : source.Get(*position + header, significant);
  state->bits ^= change << state->trailing;
  *position += header + significant;
}

}  // namespace silverback::codec

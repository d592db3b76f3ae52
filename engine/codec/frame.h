// Choosing the frame that integers are packed in: the minimum and the width that cost the fewest
// bits, with what does not fit as patches.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace silverback::codec {

/// A frame: values in [minimum, minimum + 2^width) (modulo 2^64) fit, the others are patched.
struct Frame {
  uint64_t minimum = 0;
  uint32_t width = 0;
  /// Values whose excess needs at most this many bits are near, the others far.
  uint32_t near_width = 0;
  uint32_t far_width = 0;
  uint32_t near_count = 0;
  uint32_t far_count = 0;
  /// What values and patches cost, headers left out.
  uint64_t cost_bits = 0;
};

/// A good frame for `values` (1 to 1,024, taken as signed), each patch's place costing `slot_bits`.
/// Looks at a sample of the values to find candidates and at all of them to cost them.
Frame ChooseFrame(std::span<const uint64_t> values, uint32_t slot_bits);

/// What `value` has above a frame: (value - minimum) = low bits + excess * 2^width. Signed, as
/// zigzag; 0 if it fits.
uint64_t ExcessOf(uint64_t value, const Frame& frame);

}  // namespace silverback::codec

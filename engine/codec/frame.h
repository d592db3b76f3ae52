// Choosing the frame that integers are packed in: the minimum and the width that cost the fewest
// bits, with what does not fit as patches.
#pragma once

#include <array>
#include <cstdint>
#include <span>

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

/// Finds a good frame for some values (1 to 1,024, taken as signed; borrowed). A sorted sample of them gives the
/// candidates, all of them the costs.
class FrameFinder {
 public:
  explicit FrameFinder(std::span<const uint64_t> values);

  /// The width that holds the middle half of the values: tells quickly which of two ways to see them is better.
  uint32_t typical_width() const { return typical_width_; }

  /// The best frame found, each patch's place costing `slot_bits`.
  Frame Find(uint32_t slot_bits) const;

 private:
  static constexpr size_t kSampleSize = 64;

  struct Window {
    uint32_t width = 0;
    size_t first = 0;
    size_t last = 0;
    double patch_bits = 0;  // a value
  };

  std::span<const int64_t> sample() const { return {sample_.data(), sample_size_}; }
  Window BestWindow(uint32_t width, uint32_t slot_bits) const;
  Frame FrameOf(const Window& window) const;

  std::span<const uint64_t> values_;
  int64_t low_ = 0;
  int64_t high_ = 0;
  uint32_t typical_width_ = 0;
  size_t sample_size_ = 0;
  std::array<int64_t, kSampleSize> sample_;
};

/// What `value` has above a frame: (value - minimum) = low bits + excess * 2^width. Signed, as
/// zigzag; 0 if it fits.
uint64_t ExcessOf(uint64_t value, const Frame& frame);

}  // namespace silverback::codec

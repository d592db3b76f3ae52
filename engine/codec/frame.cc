#include "engine/codec/frame.h"

#include <algorithm>
#include <array>

#include "engine/base/coding.h"
#include "engine/codec/bits.h"

namespace silverback::codec {
namespace {

// A list of patches costs its count and its width.
constexpr uint64_t kListBits = 16;

// Bits of the frame that holds [low, high].
uint32_t RangeWidth(int64_t low, int64_t high) {
  return BitWidth(static_cast<uint64_t>(high) - static_cast<uint64_t>(low));
}

// Splits the outliers, whose excesses' widths are counted, into near and far at the cheapest point.
void CostPatches(const std::array<uint32_t, 65>& widths, size_t count, uint32_t slot_bits,
                 Frame* frame) {
  frame->cost_bits = count * frame->width;
  uint32_t outliers = 0;
  uint32_t widest = 0;
  for (uint32_t width = 1; width <= 64; ++width) {
    outliers += widths[width];
    if (widths[width] != 0) widest = width;
  }
  if (outliers == 0) return;
  frame->near_width = widest;
  frame->far_width = widest;
  frame->near_count = outliers;
  uint64_t best = kListBits + outliers * uint64_t{slot_bits + widest};
  uint32_t near = 0;
  for (uint32_t width = 1; width < widest; ++width) {
    if (widths[width] == 0) continue;
    near += widths[width];
    const uint64_t cost = 2 * kListBits + near * uint64_t{slot_bits + width} +
                          (outliers - near) * uint64_t{slot_bits + widest};
    if (cost >= best) continue;
    best = cost;
    frame->near_width = width;
    frame->near_count = near;
  }
  frame->far_count = outliers - frame->near_count;
  frame->cost_bits += best;
}

void CostFrame(std::span<const uint64_t> values, uint32_t slot_bits, Frame* frame) {
  std::array<uint32_t, 65> widths{};
  for (const uint64_t value : values) {
    // The fast path: most values fit.
    if (frame->width == 64 || (value - frame->minimum) >> frame->width == 0) continue;
    ++widths[BitWidth(ExcessOf(value, *frame))];
  }
  CostPatches(widths, values.size(), slot_bits, frame);
}

}  // namespace

uint64_t ExcessOf(uint64_t value, const Frame& frame) {
  if (frame.width == 64) return 0;
  const uint64_t above = value - frame.minimum;
  if (above >> frame.width == 0) return 0;
  return ZigZag(static_cast<int64_t>(above) >> frame.width);
}

FrameFinder::FrameFinder(std::span<const uint64_t> values) : values_(values) {
  low_ = static_cast<int64_t>(values[0]);
  high_ = low_;
  for (const uint64_t value : values) {
    low_ = std::min(low_, static_cast<int64_t>(value));
    high_ = std::max(high_, static_cast<int64_t>(value));
  }
  sample_size_ = std::min(values.size(), kSampleSize);
  for (size_t i = 0; i < sample_size_; ++i) {
    sample_[i] = static_cast<int64_t>(values[i * values.size() / sample_size_]);
  }
  std::sort(sample_.begin(), sample_.begin() + static_cast<ptrdiff_t>(sample_size_));
  typical_width_ =
      RangeWidth(sample_[sample_size_ / 4], sample_[sample_size_ - 1 - sample_size_ / 4]);
}

// The window of the sample less wide than 2^width that holds most of it, and what patches would cost a value.
FrameFinder::Window FrameFinder::BestWindow(uint32_t width, uint32_t slot_bits) const {
  const uint64_t reach = LowMask(width);
  Window best{width, 0, 0, 0};
  for (size_t first = 0, last = 0; last < sample_size_; ++last) {
    while (static_cast<uint64_t>(sample_[last]) - static_cast<uint64_t>(sample_[first]) > reach) {
      ++first;
    }
    if (last - first >= best.last - best.first) best = {width, first, last, 0};
  }
  const auto patch_bits = [&](int64_t below, int64_t above) {
    const uint32_t distance = RangeWidth(below, above);
    return slot_bits + (distance > width ? distance - width : 0) + 2;
  };
  uint64_t bits = 0;
  for (size_t i = 0; i < best.first; ++i) bits += patch_bits(sample_[i], sample_[best.first]);
  for (size_t i = best.last + 1; i < sample_size_; ++i) {
    bits += patch_bits(sample_[best.last], sample_[i]);
  }
  best.patch_bits = static_cast<double>(bits) / static_cast<double>(sample_size_);
  return best;
}

// The frame of a window: what the width leaves over is shared between both sides, but not beyond the values' ends.
Frame FrameFinder::FrameOf(const Window& window) const {
  const auto first = static_cast<uint64_t>(sample_[window.first]);
  const auto last = static_cast<uint64_t>(sample_[window.last]);
  const uint64_t slack = LowMask(window.width) - (last - first);
  const uint64_t below = first - static_cast<uint64_t>(low_);
  const uint64_t above = static_cast<uint64_t>(high_) - last;
  Frame frame;
  frame.minimum = first - std::min(below, std::max(slack / 2, slack - std::min(slack, above)));
  frame.width = window.width;
  return frame;
}

Frame FrameFinder::Find(uint32_t slot_bits) const {
  Frame best;
  best.minimum = static_cast<uint64_t>(low_);
  best.width = RangeWidth(low_, high_);
  best.cost_bits = values_.size() * best.width;
  // A frame that half of the values do not fit is never best; one whose patches cost less than a bit a value gains
  // nothing by being wider.
  Window window;
  bool found = false;
  for (uint32_t width = typical_width_ > 0 ? typical_width_ - 1 : 0; width < best.width; ++width) {
    const Window candidate = BestWindow(width, slot_bits);
    if (!found || width + candidate.patch_bits < window.width + window.patch_bits) {
      window = candidate;
    }
    found = true;
    if (candidate.patch_bits < 1) break;
  }
  if (!found) return best;
  // The sample does not see rare patches: one bit more may save them.
  for (uint32_t width = window.width; width < best.width && width <= window.width + 1; ++width) {
    Frame frame = FrameOf(width == window.width ? window : BestWindow(width, slot_bits));
    CostFrame(values_, slot_bits, &frame);
    if (frame.cost_bits < best.cost_bits) best = frame;
  }
  return best;
}

}  // namespace silverback::codec

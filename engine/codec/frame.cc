#include "engine/codec/frame.h"

#include <algorithm>
#include <array>

#include "engine/base/coding.h"
#include "engine/codec/bits.h"

namespace silverback::codec {
namespace {

constexpr size_t kSampleSize = 128;
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

struct Window {
  uint32_t width = 0;
  size_t first = 0;
  size_t last = 0;
  double cost = 0;
};

// The window of `sample` (sorted) less wide than 2^width that holds most of it, and what that would
// cost a value.
Window BestWindow(std::span<const int64_t> sample, uint32_t width, uint32_t slot_bits) {
  Window best{width, 0, 0, 0};
  for (size_t first = 0, last = 0; last < sample.size(); ++last) {
    while (RangeWidth(sample[first], sample[last]) > width) ++first;
    if (last - first >= best.last - best.first) best = {width, first, last, 0};
  }
  double outlier_bits = 0;
  for (size_t i = 0; i < sample.size(); ++i) {
    if (i >= best.first && i <= best.last) continue;
    const uint32_t distance = i < best.first ? RangeWidth(sample[i], sample[best.first])
                                             : RangeWidth(sample[best.last], sample[i]);
    outlier_bits += slot_bits + (distance > width ? distance - width : 0) + 2;
  }
  best.cost = width + outlier_bits / static_cast<double>(sample.size());
  return best;
}

// The frame of a window: what the width leaves over is shared between both sides, but not beyond
// the values' ends.
Frame FrameOf(const Window& window, std::span<const int64_t> sample, int64_t low, int64_t high) {
  const auto first = static_cast<uint64_t>(sample[window.first]);
  const auto last = static_cast<uint64_t>(sample[window.last]);
  const uint64_t slack = LowMask(window.width) - (last - first);
  const uint64_t below = std::min(slack / 2, first - static_cast<uint64_t>(low));
  const uint64_t above = std::min(slack - below, static_cast<uint64_t>(high) - last);
  Frame frame;
  frame.minimum = first - std::min(slack - above, first - static_cast<uint64_t>(low));
  frame.width = window.width;
  return frame;
}

}  // namespace

uint64_t ExcessOf(uint64_t value, const Frame& frame) {
  if (frame.width == 64) return 0;
  const uint64_t above = value - frame.minimum;
  if (above >> frame.width == 0) return 0;
  return ZigZag(static_cast<int64_t>(above) >> frame.width);
}

Frame ChooseFrame(std::span<const uint64_t> values, uint32_t slot_bits) {
  int64_t low = static_cast<int64_t>(values[0]);
  int64_t high = low;
  for (const uint64_t value : values) {
    low = std::min(low, static_cast<int64_t>(value));
    high = std::max(high, static_cast<int64_t>(value));
  }
  Frame best;
  best.minimum = static_cast<uint64_t>(low);
  best.width = RangeWidth(low, high);
  best.cost_bits = values.size() * best.width;

  std::array<int64_t, kSampleSize> buffer;
  const size_t size = std::min(values.size(), kSampleSize);
  for (size_t i = 0; i < size; ++i) {
    buffer[i] = static_cast<int64_t>(values[i * values.size() / size]);
  }
  std::sort(buffer.begin(), buffer.begin() + size);
  const std::span<const int64_t> sample(buffer.data(), size);

  Window window = BestWindow(sample, best.width, slot_bits);
  for (uint32_t width = best.width; width-- > 0;) {
    const Window candidate = BestWindow(sample, width, slot_bits);
    if (candidate.cost < window.cost) window = candidate;
    // Patches alone cost more than the frame so far: a smaller width cannot win.
    if (candidate.cost - width > window.cost) break;
  }
  for (uint32_t width = window.width; width < best.width && width <= window.width + 1; ++width) {
    const Window candidate = width == window.width ? window : BestWindow(sample, width, slot_bits);
    Frame frame = FrameOf(candidate, sample, low, high);
    CostFrame(values, slot_bits, &frame);
    if (frame.cost_bits < best.cost_bits) best = frame;
  }
  return best;
}

}  // namespace silverback::codec

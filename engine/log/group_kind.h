// What a group of a log record holds. Bytes: docs/format/log.md, "Payload". Private to this folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace silverback::log {

/// The first byte of a group. Stored: never renumber.
enum class GroupKind : uint8_t {
  kFloat = 1,
  kHistogram = 2,
  kFloatWithStarts = 3,
  kHistogramWithStarts = 4,
  kFloatPacked = 5,
  kFloatPackedWithStarts = 6,
};

struct GroupShape {
  bool histograms = false;
  bool has_starts = false;
  bool packed_codes = false;
};

/// Nothing for kinds that are not known.
inline std::optional<GroupShape> ShapeOf(uint8_t kind) {
  switch (static_cast<GroupKind>(kind)) {
    case GroupKind::kFloat:
      return GroupShape{};
    case GroupKind::kHistogram:
      return GroupShape{.histograms = true};
    case GroupKind::kFloatWithStarts:
      return GroupShape{.has_starts = true};
    case GroupKind::kHistogramWithStarts:
      return GroupShape{.histograms = true, .has_starts = true};
    case GroupKind::kFloatPacked:
      return GroupShape{.packed_codes = true};
    case GroupKind::kFloatPackedWithStarts:
      return GroupShape{.has_starts = true, .packed_codes = true};
  }
  return std::nullopt;
}

/// A longer run of samples of one series becomes several groups, so that a decoder's memory is bounded.
inline constexpr size_t kMaxSamplesPerSeries = 1 << 16;
/// The same for the encoder, which makes room for the worst case of a group before it writes one, and for what packed codes can claim.
inline constexpr size_t kMaxSamplesPerGroup = 1 << 20;

/// Whether a group of floats can hold so many series of so many samples in `bytes` bytes: what a decoder asks before it makes room.
inline bool CanHold(const GroupShape& shape, uint64_t series, uint64_t samples, size_t bytes) {
  if (series == 0 || samples == 0 || samples > kMaxSamplesPerSeries) return false;
  return series <= (shape.packed_codes ? kMaxSamplesPerGroup : 2 * bytes) / samples;
}

}  // namespace silverback::log

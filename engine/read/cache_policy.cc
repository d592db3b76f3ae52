#include "engine/read/cache_policy.h"

#include <algorithm>

namespace silverback {

namespace {

/// What an opened block takes beside its bytes, about.
constexpr double kOpenedBytes = 600;

double Length(TimeRange range) {
  return static_cast<double>(range.max_ms) - static_cast<double>(range.min_ms) + 1;
}

/// Calls `visit(part, series, share)` for each part that `range` overlaps: the most of `series` series that it can have, and the share of its
/// time that lies in the range.
template <typename Visit>
void VisitParts(std::span<const PartRef> parts, uint64_t series, TimeRange range, Visit visit) {
  for (const PartRef& part : parts) {
    if (part->series == 0 || !part->time.Overlaps(range)) continue;
    const TimeRange inside{std::max(range.min_ms, part->time.min_ms),
                           std::min(range.max_ms, part->time.max_ms)};
    visit(*part, static_cast<double>(std::min(series, part->series)),
          Length(inside) / Length(part->time));
  }
}

}  // namespace

uint64_t EstimateBytes(std::span<const PartRef> parts, uint64_t series, TimeRange range) {
  double bytes = 0;
  VisitParts(parts, series, range, [&](const PartMeta& part, double series_there, double share) {
    bytes +=
        static_cast<double>(part.bytes) * series_there / static_cast<double>(part.series) * share;
  });
  return static_cast<uint64_t>(bytes);
}

uint64_t EstimateOpenedBytes(std::span<const PartRef> parts, uint64_t series, TimeRange range) {
  double bytes = 0;
  VisitParts(parts, series, range, [&](const PartMeta& part, double series_there, double share) {
    const auto blocks = static_cast<double>(std::max<uint64_t>(part.blocks, 1));
    const double blocks_of_series = 1 + blocks / static_cast<double>(part.series) * share;
    bytes +=
        series_there * blocks_of_series * (static_cast<double>(part.bytes) / blocks + kOpenedBytes);
  });
  return static_cast<uint64_t>(bytes);
}

bool CachePolicy::Fills(uint64_t bytes, uint64_t identity) {
  if (bytes <= cache_bytes_ / 16) return true;
  if (bytes > cache_bytes_ / 4 * 3) return false;
  const std::lock_guard lock(mutex_);
  if (std::find(recent_.begin(), recent_.end(), identity) != recent_.end()) return true;
  recent_[next_++ % kRemembered] = identity;
  return false;
}

}  // namespace silverback

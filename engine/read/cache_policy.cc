#include "engine/read/cache_policy.h"

#include <algorithm>

namespace silverback {

uint64_t EstimateBytes(std::span<const PartRef> parts, uint64_t series, TimeRange range) {
  const auto length = [](TimeRange r) {
    return static_cast<double>(r.max_ms) - static_cast<double>(r.min_ms) + 1;
  };
  double bytes = 0;
  for (const PartRef& part : parts) {
    if (part->series == 0 || !part->time.Overlaps(range)) continue;
    const TimeRange inside{std::max(range.min_ms, part->time.min_ms),
                           std::min(range.max_ms, part->time.max_ms)};
    const double of_series =
        static_cast<double>(std::min(series, part->series)) / static_cast<double>(part->series);
    bytes += static_cast<double>(part->bytes) * of_series * (length(inside) / length(part->time));
  }
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

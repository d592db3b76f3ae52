#include "engine/read/timeline_cache.h"

#include <string>
#include <vector>

#include "engine/block/timeline.h"

namespace silverback {
namespace {

StatusOr<TimelineRows> Decode(std::string_view bytes) {
  std::vector<TimestampMs> times;
  RETURN_IF_ERROR(DecodeTimeline(bytes, &times));
  ASSIGN_OR_RETURN(const TimelineInfo info, InspectTimeline(bytes));
  return std::make_shared<const TimeColumn>(times, info.interval_ms);
}

}  // namespace

StatusOr<TimelineRows> TimelineCache::Get(const Store& store, PartId part, uint32_t ordinal) {
  const std::pair<PartId, uint32_t> key{part, ordinal};
  if (TimelineRows rows = cache_.Find(key); rows != nullptr) return rows;
  ASSIGN_OR_RETURN(const std::string bytes, store.ReadTimeline(part, ordinal));
  auto rows = Decode(bytes);
  if (!rows.ok()) {
    return WithContext(rows.status(), fmt::format("part {}, timeline {}", part, ordinal));
  }
  const size_t memory_bytes = (*rows)->memory_bytes();
  return cache_.FindOrAdd(key, *std::move(rows), memory_bytes);
}

}  // namespace silverback

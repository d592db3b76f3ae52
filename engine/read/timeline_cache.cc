#include "engine/read/timeline_cache.h"

#include <string>

#include "engine/block/timeline.h"

namespace silverback {
namespace {

size_t BytesOf(const TimelineRows& rows) {
  return rows->memory_bytes() + 128;
}

StatusOr<TimelineRows> Decode(std::string_view bytes) {
  std::vector<TimestampMs> times;
  RETURN_IF_ERROR(DecodeTimeline(bytes, &times));
  ASSIGN_OR_RETURN(const TimelineInfo info, InspectTimeline(bytes));
  return std::make_shared<const TimeColumn>(times, info.interval_ms);
}

}  // namespace

TimelineCache::TimelineCache(size_t bytes_max) : shard_bytes_max_(bytes_max / kShards) {}

StatusOr<TimelineRows> TimelineCache::Get(const Store& store, PartId part, uint32_t ordinal) {
  const Key key{part, ordinal};
  Shard& shard = shards_[(part * 31 + ordinal) % kShards];
  if (TimelineRows rows = Find(&shard, key); rows != nullptr) return rows;
  ASSIGN_OR_RETURN(const std::string bytes, store.ReadTimeline(part, ordinal));
  auto rows = Decode(bytes);
  if (!rows.ok()) {
    return WithContext(rows.status(), fmt::format("part {}, timeline {}", part, ordinal));
  }
  return Add(&shard, key, *std::move(rows));
}

TimelineRows TimelineCache::Find(Shard* shard, const Key& key) {
  const std::lock_guard lock(shard->mutex);
  const auto it = shard->entries.find(key);
  if (it == shard->entries.end()) return nullptr;
  shard->by_use.splice(shard->by_use.begin(), shard->by_use, it->second.place);
  return it->second.rows;
}

TimelineRows TimelineCache::Add(Shard* shard, const Key& key, TimelineRows rows) {
  const std::lock_guard lock(shard->mutex);
  if (const auto it = shard->entries.find(key); it != shard->entries.end()) return it->second.rows;
  shard->by_use.push_front(key);
  shard->bytes += BytesOf(rows);
  shard->entries.emplace(key, Entry{rows, shard->by_use.begin()});
  while (shard->bytes > shard_bytes_max_ && shard->by_use.size() > 1) {
    const auto victim = shard->entries.find(shard->by_use.back());
    shard->bytes -= BytesOf(victim->second.rows);
    shard->entries.erase(victim);
    shard->by_use.pop_back();
  }
  return rows;
}

size_t TimelineCache::bytes() const {
  size_t total = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    total += shard.bytes;
  }
  return total;
}

}  // namespace silverback

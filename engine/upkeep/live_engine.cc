#include "engine/upkeep/live_engine.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace silverback {

void LiveEngine::Publish(const std::function<void(EngineState*)>& change) {
  const std::lock_guard lock(publish_mutex);
  auto next = std::make_shared<EngineState>(*state.Get());
  change(next.get());
  state.Set(std::move(next));
}

void LiveEngine::PublishParts(const std::vector<PartMeta>& added,
                              const std::vector<PartId>& removed, const Generation* sealed) {
  std::vector<PartRef> dead;
  Publish([&](EngineState* next) {
    const auto is_removed = [&](const PartRef& part) {
      return std::find(removed.begin(), removed.end(), part->id) != removed.end();
    };
    for (const PartRef& part : next->parts) {
      if (is_removed(part)) dead.push_back(part);
    }
    std::erase_if(next->parts, is_removed);
    for (const PartMeta& part : added) {
      next->parts.push_back(std::make_shared<const PartMeta>(part));
    }
    SortBySequence(&next->parts);
    std::erase_if(next->generations,
                  [&](const auto& generation) { return generation.get() == sealed; });
  });
  graveyard.Bury(std::move(dead));
}

StatusOr<uint64_t> LiveEngine::FreeBytesFor(uint64_t wanted) {
  StatusOr<uint64_t> free = file_system->FreeBytes(path);
  if (!free.ok() || *free >= wanted) return free;
  RETURN_IF_ERROR(log->GiveBackIdleSpace(std::chrono::milliseconds(0)));
  return file_system->FreeBytes(path);
}

TimestampMs LiveEngine::RetentionCutoff(const EngineState& at) const {
  if (retention_ms <= 0) return kMinTimestampMs;
  const TimeRange bounds = at.Bounds();
  if (bounds.empty()) return kMinTimestampMs;
  const TimestampMs now = std::min(clock(), bounds.max_ms);
  return now < kMinTimestampMs + retention_ms ? kMinTimestampMs : now - retention_ms;
}

TimestampMs LiveEngine::ExemplarCutoff(TimestampMs cutoff_ms) const {
  if (cutoff_ms == kMinTimestampMs || exemplar_retention_ms <= 0) return cutoff_ms;
  return cutoff_ms + std::max<int64_t>(0, retention_ms - exemplar_retention_ms);
}

}  // namespace silverback

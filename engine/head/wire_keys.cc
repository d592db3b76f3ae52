#include "engine/head/wire_keys.h"

#include <algorithm>
#include <utility>

namespace silverback {

WireKeys::WireKeys(uint64_t seed, size_t entries_max)
    : seed_(seed), young_max_(std::max<size_t>(entries_max / kShards / 2, 1)) {}

std::optional<WireBinding> WireKeys::Find(const Hash128Value& hash) {
  Shard& shard = ShardOf(hash);
  const std::lock_guard lock(shard.mutex);
  if (const auto it = shard.young.find(hash); it != shard.young.end()) return it->second;
  const auto it = shard.old.find(hash);
  if (it == shard.old.end()) return std::nullopt;
  const WireBinding binding = it->second;
  shard.old.erase(it);
  Insert(&shard, hash, binding);
  return binding;
}

void WireKeys::Prefetch(const Hash128Value& hash) const {
  const Shard& shard = ShardOf(hash);
  const std::lock_guard lock(shard.mutex);
  shard.young.prefetch(hash);
}

void WireKeys::Bind(const Hash128Value& hash, WireBinding binding) {
  Shard& shard = ShardOf(hash);
  const std::lock_guard lock(shard.mutex);
  shard.old.erase(hash);
  Insert(&shard, hash, binding);
}

void WireKeys::Insert(Shard* shard, const Hash128Value& hash, WireBinding binding) {
  if (shard->young.size() >= young_max_ && !shard->young.contains(hash)) {
    shard->old = std::move(shard->young);
    shard->young = Map();
  }
  shard->young.insert_or_assign(hash, binding);
}

void WireKeys::Forget(const SeriesBitmap& series) {
  const auto gone = [&](const Map::value_type& entry) {
    return series.contains(entry.second.series);
  };
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    for (Map* map : {&shard.young, &shard.old}) absl::erase_if(*map, gone);
  }
}

size_t WireKeys::size() const {
  size_t total = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    total += shard.young.size() + shard.old.size();
  }
  return total;
}

}  // namespace silverback

#include "engine/head/wire_keys.h"

#include <algorithm>
#include <utility>

namespace silverback {

WireKeys::WireKeys(uint64_t seed, size_t entries_max)
    : seed_(seed), young_max_(std::max<size_t>(entries_max / kShards / 2, 1)) {}

std::optional<WireBinding> WireKeys::Find(const Hash128Value& hash) {
  Shard& shard = ShardOf(hash);
  const std::lock_guard lock(shard.mutex);
  WireBinding binding = shard.young.Find(hash);
  if (binding.series != 0) return binding;
  binding = shard.old.Find(hash);
  if (binding.series == 0) return std::nullopt;
  shard.old.Erase(hash);
  Insert(&shard, hash, binding);
  return binding;
}

void WireKeys::Prefetch(const Hash128Value& hash) const {
  const Shard& shard = ShardOf(hash);
  const std::lock_guard lock(shard.mutex);
  shard.young.Prefetch(hash);
}

void WireKeys::Bind(const Hash128Value& hash, WireBinding binding) {
  Shard& shard = ShardOf(hash);
  const std::lock_guard lock(shard.mutex);
  shard.old.Erase(hash);
  Insert(&shard, hash, binding);
}

void WireKeys::Insert(Shard* shard, const Hash128Value& hash, WireBinding binding) {
  if (shard->young.size() >= young_max_ && shard->young.Find(hash).series == 0) {
    shard->old = std::exchange(shard->young, WireTable());
  }
  shard->young.Set(hash, binding);
}

void WireKeys::Forget(const SeriesBitmap& series) {
  const auto gone = [&](const WireBinding& binding) { return series.contains(binding.series); };
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    shard.young.EraseIf(gone);
    shard.old.EraseIf(gone);
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

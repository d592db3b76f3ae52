// What views, seals and merges stand on.
#pragma once

#include <memory>
#include <utility>

#include "engine/index/registry.h"
#include "engine/index/selection.h"
#include "engine/read/cache_policy.h"
#include "engine/read/label_cache.h"
#include "engine/read/recent_blocks.h"
#include "engine/read/timeline_cache.h"
#include "engine/store/store.h"

namespace silverback {

/// Store, index and caches of one data directory. Shared by the database and by its views, so that
/// a view that outlives the database still reads.
struct Substrate {
  Substrate(std::unique_ptr<Store> opened_store, std::unique_ptr<Registry> opened_registry,
            size_t timeline_cache_bytes, size_t label_cache_bytes, size_t recent_blocks_bytes)
      : store(std::move(opened_store)),
        registry(std::move(opened_registry)),
        selector(std::make_unique<Selector>(registry.get())),
        timelines(timeline_cache_bytes),
        labels(registry.get(), label_cache_bytes),
        recent_blocks(recent_blocks_bytes),
        cache_policy(store->block_cache_capacity_bytes()) {}

  const std::unique_ptr<Store> store;
  const std::unique_ptr<Registry> registry;
  const std::unique_ptr<Selector> selector;
  TimelineCache timelines;
  LabelCache labels;
  RecentBlocks recent_blocks;
  CachePolicy cache_policy;
};

}  // namespace silverback

// Timelines in memory, shared by all readers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "engine/base/lru_cache.h"
#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/block/time_column.h"
#include "engine/store/store.h"

namespace silverback {

/// The rows of one timeline, each there without decoding; shared, immutable.
using TimelineRows = std::shared_ptr<const TimeColumn>;

/// Keeps the timelines used last, up to a number of bytes: a timeline is decoded once and not once
/// for each series and query, and all who use it at the same time hold the very same rows. Parts
/// are immutable and their ids are never reused, so nothing in here goes stale. Safe for concurrent
/// use.
class TimelineCache {
 public:
  explicit TimelineCache(size_t bytes_max) : cache_(bytes_max) {}

  /// The timeline, from memory or from `store`. DataLoss when it is absent or damaged.
  StatusOr<TimelineRows> Get(const Store& store, PartId part, uint32_t ordinal);

  size_t bytes() const { return cache_.bytes(); }

 private:
  LruCache<std::pair<PartId, uint32_t>, TimeColumn> cache_;
};

}  // namespace silverback

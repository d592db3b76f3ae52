// Timelines in memory, shared by all readers.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

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
  explicit TimelineCache(size_t bytes_max);

  /// The timeline, from memory or from `store`. DataLoss when it is absent or damaged.
  StatusOr<TimelineRows> Get(const Store& store, PartId part, uint32_t ordinal);

  size_t bytes() const;

 private:
  using Key = std::pair<PartId, uint32_t>;
  struct Entry {
    TimelineRows rows;
    std::list<Key>::iterator place;
  };
  struct Shard {
    mutable std::mutex mutex;
    absl::flat_hash_map<Key, Entry> entries;
    std::list<Key> by_use;  // the one used last in front
    size_t bytes = 0;
  };
  static constexpr size_t kShards = 8;

  TimelineRows Find(Shard* shard, const Key& key);
  TimelineRows Add(Shard* shard, const Key& key, TimelineRows rows);

  const size_t shard_bytes_max_;
  std::array<Shard, kShards> shards_;
};

}  // namespace silverback

// A cache of shared values, bounded by bytes.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/hash/hash.h>
#include <array>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

namespace silverback {

/// Keeps the values that were used last, up to a number of bytes; at least one in each of its shards, however large. `Key` can be hashed by
/// absl::Hash. Safe for concurrent use.
template <typename Key, typename Value>
class LruCache {
 public:
  using Ref = std::shared_ptr<const Value>;

  explicit LruCache(size_t bytes_max) : shard_bytes_max_(bytes_max / kShards) {}

  /// Null if there is none.
  Ref Find(const Key& key) {
    Shard& shard = ShardOf(key);
    const std::lock_guard lock(shard.mutex);
    const auto it = shard.entries.find(key);
    if (it == shard.entries.end()) return nullptr;
    shard.by_use.splice(shard.by_use.begin(), shard.by_use, it->second.place);
    return it->second.value;
  }

  /// Takes in a value of `bytes` bytes, unless there is one: returns the one that there is.
  Ref FindOrAdd(const Key& key, Ref value, size_t bytes) {
    Shard& shard = ShardOf(key);
    const std::lock_guard lock(shard.mutex);
    if (const auto it = shard.entries.find(key); it != shard.entries.end()) return it->second.value;
    shard.Add(key, value, bytes + kEntryBytes, shard_bytes_max_);
    return value;
  }

  /// Takes in a value of `bytes` bytes, in place of the one that there may be.
  void Put(const Key& key, Ref value, size_t bytes) {
    Shard& shard = ShardOf(key);
    const std::lock_guard lock(shard.mutex);
    if (const auto it = shard.entries.find(key); it != shard.entries.end()) shard.Remove(it);
    shard.Add(key, std::move(value), bytes + kEntryBytes, shard_bytes_max_);
  }

  /// Bytes held, those of the cache itself included.
  size_t bytes() const {
    size_t total = 0;
    for (const Shard& shard : shards_) {
      const std::lock_guard lock(shard.mutex);
      total += shard.bytes;
    }
    return total;
  }
  size_t bytes_max() const { return shard_bytes_max_ * kShards; }

 private:
  static constexpr size_t kShards = 8;
  /// What an entry takes beside its value, about.
  static constexpr size_t kEntryBytes = 128;

  struct Entry {
    Ref value;
    size_t bytes = 0;
    typename std::list<Key>::iterator place;
  };
  struct Shard {
    mutable std::mutex mutex;
    absl::flat_hash_map<Key, Entry> entries;
    std::list<Key> by_use;  // the one used last in front
    size_t bytes = 0;

    void Add(const Key& key, Ref value, size_t value_bytes, size_t bytes_max) {
      by_use.push_front(key);
      bytes += value_bytes;
      entries.emplace(key, Entry{std::move(value), value_bytes, by_use.begin()});
      while (bytes > bytes_max && by_use.size() > 1) Remove(entries.find(by_use.back()));
    }
    void Remove(typename absl::flat_hash_map<Key, Entry>::iterator it) {
      bytes -= it->second.bytes;
      by_use.erase(it->second.place);
      entries.erase(it);
    }
  };

  /// By the upper bits of the hash: the tables use the lower ones.
  Shard& ShardOf(const Key& key) {
    static_assert(kShards == 8);
    return shards_[static_cast<uint64_t>(absl::Hash<Key>()(key)) >> 61];
  }

  const size_t shard_bytes_max_;
  std::array<Shard, kShards> shards_;
};

}  // namespace silverback

// From the bytes that stand for a label set on the wire to the series: a known series costs one
// hash and one look-up, and no label is parsed.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>

#include "engine/base/hash.h"
#include "engine/head/wire_table.h"
#include "engine/store/series_bitmap.h"

namespace silverback {

/// A bounded cache: lost bindings cost a parse of the labels and a look-up in the registry, nothing
/// else. It starts empty and is filled by use. The keys themselves are not kept, only a 128-bit
/// hash, seeded with the directory's secret so that nobody can craft two label sets that share one.
/// About 30 bytes a series. Safe for concurrent use.
class WireKeys {
 public:
  /// Holds about `entries_max` bindings; beyond that, those not used for long are forgotten.
  explicit WireKeys(uint64_t seed, size_t entries_max = size_t{1} << 23);

  Hash128Value HashOf(std::string_view wire_key) const { return Hash128(wire_key, seed_); }

  std::optional<WireBinding> Find(const Hash128Value& hash);
  /// Begins to fetch the memory that `Find` of this hash will read.
  void Prefetch(const Hash128Value& hash) const;
  void Bind(const Hash128Value& hash, WireBinding binding);
  /// Forgets every key of these series. Looks at all that is held: for many series at once.
  void Forget(const SeriesBitmap& series);
  /// Bindings held.
  size_t size() const;

 private:
  /// Two generations stand for "used lately" and "used before that": a hit in `old` moves the entry
  /// to `young`; when `young` is full it becomes `old`, and what was left in `old` is forgotten.
  struct Shard {
    mutable std::mutex mutex;
    WireTable young;
    WireTable old;
  };
  static constexpr size_t kShards = 16;

  Shard& ShardOf(const Hash128Value& hash) { return shards_[hash.high % kShards]; }
  const Shard& ShardOf(const Hash128Value& hash) const { return shards_[hash.high % kShards]; }
  void Insert(Shard* shard, const Hash128Value& hash, WireBinding binding);

  const uint64_t seed_;
  const size_t young_max_;  // of a shard
  std::array<Shard, kShards> shards_;
};

}  // namespace silverback

// Rows: the families of the store as plain ordered maps, for the index (and for inspection).
//
// No RocksDB type appears here. Keys are made and parsed in engine/store/keys.h.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"

namespace silverback {

enum class Family : uint8_t {
  kBlocks,
  kTimelines,
  kCatalog,
  kSeries,
  kLabels,
  kMetrics,
  kPostings,
  kActivity,
  kExemplars,
  kMetadata,
  kTombstones,
  kMeta,
};
inline constexpr size_t kFamilyCount = 12;

/// "blocks", "timelines", ...
std::string_view FamilyName(Family family);

class Kv;

enum class Durability {
  kBuffered,  // survives a killed process, not lost power (until `Store::Flush`)
  kSynced,    // survives lost power
};

/// Changes that are applied together or not at all. Not safe for concurrent use.
class KvBatch {
 public:
  /// For rows of `kv`, which must outlive the batch.
  explicit KvBatch(const Kv& kv);
  ~KvBatch();
  KvBatch(KvBatch&&) noexcept;
  KvBatch& operator=(KvBatch&&) noexcept;

  void Put(Family family, std::string_view key, std::string_view value);
  /// Adds the ids of `value` (an encoded id set, engine/store/id_set.h) to the row. Only `postings`
  /// and `activity`.
  void Merge(Family family, std::string_view key, std::string_view value);
  void Delete(Family family, std::string_view key);
  /// Deletes keys from `begin` to before `end`.
  void DeleteRange(Family family, std::string_view begin, std::string_view end);
  bool empty() const;
  size_t bytes() const;
  void Clear();

 private:
  friend class Kv;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A moment of the database. Readers that use it see every row as it was then.
class KvSnapshot {
 public:
  ~KvSnapshot();
  KvSnapshot(const KvSnapshot&) = delete;
  KvSnapshot& operator=(const KvSnapshot&) = delete;

 private:
  friend class Kv;
  KvSnapshot(void* db, const void* snapshot) : db_(db), snapshot_(snapshot) {}
  void* db_;
  const void* snapshot_;
};

/// Walks rows whose keys start with a prefix, in order. Not safe for concurrent use; must not
/// outlive the store.
class KvCursor {
 public:
  ~KvCursor();
  KvCursor(KvCursor&&) noexcept;
  KvCursor& operator=(KvCursor&&) noexcept;

  /// To the first row / to the first row whose key is not before `key`.
  void SeekToFirst();
  void Seek(std::string_view key);
  void Next();
  /// False at the end and after an error (`status()` tells them apart).
  bool valid() const;
  std::string_view key() const;    // until the next move
  std::string_view value() const;  // until the next move
  Status status() const;

 private:
  friend class Kv;
  struct Impl;
  explicit KvCursor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// All functions are safe for concurrent use.
class Kv {
 public:
  ~Kv();
  Kv(const Kv&) = delete;
  Kv& operator=(const Kv&) = delete;

  Status Write(KvBatch&& batch, Durability durability);

  /// NotFound when there is no such row. `snapshot` may be null: the newest state.
  Status Get(Family family, std::string_view key, std::string* value,
             const KvSnapshot* snapshot = nullptr) const;
  /// Calls `found(i, value)` for every key that has a row, in any order; the value lives during the call. An error from it
  /// stops the walk and is returned. Sorted keys are fastest.
  Status MultiGet(Family family, std::span<const std::string> keys,
                  const std::function<Status(size_t i, std::string_view value)>& found,
                  const KvSnapshot* snapshot = nullptr) const;
  /// Rows whose key starts with `prefix` ("" for all).
  KvCursor NewCursor(Family family, std::string_view prefix,
                     const KvSnapshot* snapshot = nullptr) const;
  /// A cursor over `labels` for look-ups by hash: after `Seek` to a whole hash (keys::LabelsPrefix) it yields the rows of that
  /// hash alone. May seek many times.
  KvCursor NewHashCursor() const;
  std::unique_ptr<KvSnapshot> NewSnapshot() const;

 private:
  friend class KvBatch;
  friend class Store;
  struct Impl;
  explicit Kv(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace silverback

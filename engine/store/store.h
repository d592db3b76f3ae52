// The store: one RocksDB, the only place that knows it.
//
// It keeps parts (sealed blocks and timelines), their catalog, and the rows of the index. See
// docs/format/store.md for every key and value, and docs/decisions/0004-rocksdb-families.md for why
// the families are set up as they are.
//
// Thread-safety: every function may be called from any thread. Objects that it hands out (writers,
// cursors) are used from one thread at a time and must be gone before the store.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/store/block_cursor.h"
#include "engine/store/kv.h"
#include "engine/store/part.h"
#include "engine/store/part_writer.h"
#include "engine/store/series_bitmap.h"

namespace rocksdb {
class Env;
}

namespace silverback {

struct StoreOptions {
  /// The folder of the database; made if absent.
  std::string path;
  /// Bytes of the cache that holds table blocks, indexes and filters of all families.
  size_t block_cache_bytes = 256ULL << 20;
  /// Bytes of rows that wait in memory for a flush, over all families.
  size_t write_buffer_bytes = 64ULL << 20;
  /// False: an absent database is an error (NotFound) instead of a new one.
  bool create_if_missing = true;
  /// True: nothing on disk changes. The directory must exist and be closed; every writing function is a FailedPrecondition, and what a
  /// crash left unfinished is resolved in memory alone.
  bool read_only = false;
  /// Table files kept open at most; -1 for all.
  int max_open_files = 2048;
  /// The file system under the database; null for the machine's. Must outlive the store. For tests
  /// that lose power.
  rocksdb::Env* env = nullptr;
  /// Called at named points of a switch ("table files finished", "ingested", "catalog written",
  /// "files deleted", "parts forgotten", "rows flushed"), for tests that stop there. May be empty.
  std::function<void(std::string_view point)> testing_point = {};
};

/// One switch: all of it happens, or nothing.
struct CatalogEdit {
  /// Parts that become live.
  std::vector<FinishedPart> new_parts;
  /// Live parts that become dead: the inputs of a merge, or what retention drops.
  std::vector<PartId> dead;
  /// The last log sequence that parts hold, after this edit. Never goes back.
  std::optional<Sequence> sealed_through;
};

/// An immutable list of the live parts, by id. Pinning it does not keep the parts' rows: whoever
/// hands it to readers calls `DropDeadParts` only after the last reader that could hold an old list
/// has gone.
using LiveParts = std::shared_ptr<const std::vector<PartMeta>>;

/// What `Open` found out of the ordinary; every line was logged too.
struct OpenReport {
  /// Parts that the catalog did not know and that are served now.
  std::vector<PartId> adopted;
  /// Parts that the catalog did not know and whose content is wholly in live parts: deleted.
  std::vector<PartId> discarded;
  /// Parts that the catalog does not know and whose header cannot be read: kept, not served.
  std::vector<PartId> set_aside;
  /// Live parts whose rows are missing or whose header does not fit the catalog: reading them is an
  /// error.
  std::vector<PartId> damaged;
  std::vector<std::string> messages;
};

/// What is kept of a metric family. (`MetricMetadata` is the engine door's.)
struct MetadataRow {
  std::string type;
  std::string help;
  std::string unit;
  friend bool operator==(const MetadataRow&, const MetadataRow&) = default;
};

struct ExemplarRow {
  SeriesId series = 0;
  TimestampMs timestamp_ms = 0;
  /// Opaque to the store.
  std::string payload;
};

struct FamilyStats {
  std::string_view name;
  uint64_t table_bytes = 0;  // files on disk
  uint64_t table_files = 0;
  uint64_t memtable_bytes = 0;
  uint64_t rows_estimate = 0;
};

struct StoreStats {
  std::vector<FamilyStats> families;
  uint64_t live_parts = 0;
  uint64_t dead_parts = 0;
  uint64_t block_cache_bytes = 0;
  uint64_t block_cache_capacity_bytes = 0;
  uint64_t block_cache_pinned_bytes = 0;
  uint64_t block_cache_hits = 0;
  uint64_t block_cache_misses = 0;
  uint64_t table_reader_bytes = 0;
  uint64_t wal_bytes = 0;
  uint64_t background_errors = 0;
};

class Store {
 public:
  /// Opens or creates. FailedPrecondition when another process (or another `Store`) has it open,
  /// when its format is newer than this build knows; DataLoss when RocksDB finds it damaged.
  /// Finishes or undoes what a crash interrupted.
  static StatusOr<std::unique_ptr<Store>> Open(const StoreOptions& options);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  const OpenReport& open_report() const;
  const std::string& path() const;

  // Parts.

  /// The newest list of live parts. One pointer copy.
  LiveParts live_parts() const;
  std::vector<PartMeta> dead_parts() const;

  StatusOr<std::unique_ptr<PartWriter>> NewPartWriter(NewPart part);

  /// Takes the files of new parts in (atomically, both families) and then, in one synced batch,
  /// marks them live, the dead dead, the days of their series in `activity`, and `sealed_through`.
  /// After an error nothing has changed for readers; the new parts are gone or will be resolved at
  /// the next open. Edits are serialised.
  Status Commit(CatalogEdit edit);

  /// Deletes the rows of dead parts and forgets them. REQUIRES: no reader holds them (cursors that
  /// exist already may go on). Ids that are not dead are an InvalidArgument.
  Status DropDeadParts(std::span<const PartId> ids);

  /// DataLoss if the part is known to be damaged, NotFound if it is not in the catalog.
  StatusOr<std::unique_ptr<BlockCursor>> NewCursor(PartId part, const CursorOptions& options) const;
  /// DataLoss that names part and ordinal when the timeline is absent or damaged.
  StatusOr<std::string> ReadTimeline(PartId part, uint32_t ordinal) const;
  StatusOr<PartHeader> ReadHeader(PartId part) const;

  /// Reads a part through, table checksums verified, and compares it with its header's counts and
  /// checksums. `visit` (may be empty) is called for each block; an error from it stops the walk
  /// and is returned.
  Status VerifyPart(
      PartId part,
      const std::function<Status(const BlockKey&, std::string_view block)>& visit) const;

  // Small facts.

  /// The last log sequence that parts hold; 0 at first.
  Sequence sealed_through() const;
  /// Random per data directory, secret: seeds the hashes of label sets.
  uint64_t hash_seed() const;

  // Metadata of metrics (type, help, unit), by metric family name.

  Status PutMetadata(std::span<const std::pair<std::string, MetadataRow>> rows);
  /// All of it in order of name, until `visit` returns false.
  Status ScanMetadata(
      const std::function<bool(std::string_view name, const MetadataRow&)>& visit) const;

  // Exemplars.

  /// Adds rows; one that is there already stays one.
  Status PutExemplars(std::span<const ExemplarRow> rows);
  /// Deletes the oldest rows of a series until `keep` are left.
  Status TrimExemplars(SeriesId series, size_t keep);
  /// Of one series in order of time, until `visit` returns false.
  Status ScanExemplars(
      SeriesId series, TimeRange range,
      const std::function<bool(TimestampMs, std::string_view payload)>& visit) const;

  // Upkeep.

  /// Takes series out of the activity of a day; the others' stays. REQUIRES: no part has, and none will have, samples of them.
  Status RemoveActivity(Day day, const SeriesBitmap& series);
  /// Forgets, of the activity of days before that of `cutoff`, everything; and exemplars older than
  /// `exemplar_cutoff`.
  Status DropBefore(TimestampMs cutoff, TimestampMs exemplar_cutoff);
  /// Writes every row that waits in memory into table files: it survives lost power from then on, and damage to the log of
  /// RocksDB, which takes more room and which the next start would read. (The end of that log may be torn: RocksDB takes a
  /// damaged record there for one, and says nothing of the rows that it drops.)
  Status Flush();
  /// Memory of the rows that wait.
  uint64_t unflushed_bytes() const;
  /// What the block cache may hold.
  uint64_t block_cache_capacity_bytes() const;
  /// A consistent, openable copy of the database in `directory` (which must not exist), by hard
  /// links where the file system allows.
  Status Checkpoint(const std::string& directory) const;
  /// Reads every table file and compares its checksums. Errors name the file.
  Status VerifyChecksums() const;
  /// Asks whether the store has left the state that a full disk put RocksDB in. OK when writes work
  /// (again); Unavailable while RocksDB, which tries twice a second without being asked, is at it:
  /// so are `NewPartWriter`, `Commit` and `DropDeadParts` then.
  /// An error that RocksDB does not recover from by itself is tried here, once a call.
  Status Resume();
  StoreStats Stats() const;

  /// The rows of the index.
  Kv& kv();

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace silverback

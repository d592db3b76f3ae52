#include "engine/store/families.h"

#include <algorithm>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include "engine/store/id_set_merge.h"

namespace silverback {
namespace {

constexpr size_t kTableBlockBytes = 16 << 10;
constexpr uint64_t kMaxTotalWalBytes = 64ULL << 20;
constexpr uint64_t kBytesPerSync = 1ULL << 20;
constexpr uint64_t kResumeRetryMicros = 500'000;
constexpr double kBloomBits = 10;
/// Each new label set is asked for. With ten bits one question in a hundred reads a block for nothing, and a million series soon have
/// every block of the hashes in the cache; with twenty it is one in five thousand (measured).
constexpr double kLabelsBloomBits = 20;

bool HoldsParts(Family family) {
  return family == Family::kBlocks || family == Family::kTimelines;
}

rocksdb::BlockBasedTableOptions TableOptions(Family family,
                                             const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.block_size = kTableBlockBytes;
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;
  // The cache bounds indexes and filters too; their top levels stay pinned by RocksDB's default.
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  if (HoldsParts(family)) {
    // The index of a part of a million blocks is 13 MB: in pieces, so that a seek loads one of
    // them.
    table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  } else {
    const bool labels = family == Family::kLabels;
    table.filter_policy.reset(
        rocksdb::NewBloomFilterPolicy(labels ? kLabelsBloomBits : kBloomBits));
    table.whole_key_filtering = !labels;
  }
  return table;
}

void SetUpParts(rocksdb::ColumnFamilyOptions* options) {
  options->disable_auto_compactions = true;
  // Values are packed already, but short blocks are mostly headers that resemble each other: a part of 60 samples a block
  // shrinks by 46 %. RocksDB leaves alone what does not shrink by an eighth, so that long blocks are read without
  // decompression.
  options->compression = rocksdb::kZSTD;
  options->bottommost_compression = rocksdb::kDisableCompressionOption;
  // Files are ingested into the last level; level 0 only ever sees range tombstones, and must not
  // stop writes.
  options->num_levels = 2;
  options->level0_slowdown_writes_trigger = 1 << 20;
  options->level0_stop_writes_trigger = 1 << 20;
  options->soft_pending_compaction_bytes_limit = 0;
  options->hard_pending_compaction_bytes_limit = 0;
}

void SetUpRows(Family family, rocksdb::ColumnFamilyOptions* options) {
  // Label sets, the longest rows, come in the order of their ids: tables of them do not overlap, and so it costs nothing to write them
  // small and early. Rows of 100,000 series waited for the next seal in 21 MB of memory; their peak with 120 samples each went from 131 to 120 MB.
  options->write_buffer_size = family == Family::kSeries ? 2 << 20 : 16 << 20;
  // From the first flush on: most stores never have so many rows that RocksDB merges them.
  options->compression = rocksdb::kZSTD;
  options->level_compaction_dynamic_level_bytes = true;
}

}  // namespace

rocksdb::DBOptions DatabaseOptions(const StoreOptions& options) {
  rocksdb::DBOptions db;
  db.create_if_missing = options.create_if_missing;
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  db.track_and_verify_wals_in_manifest = true;
  // An idle family would pin the logs of busy ones for ever.
  db.max_total_wal_size = kMaxTotalWalBytes;
  db.db_write_buffer_size = options.write_buffer_bytes;
  db.bytes_per_sync = kBytesPerSync;
  db.wal_bytes_per_sync = kBytesPerSync;
  // Rows of new series resemble each other.
  db.wal_compression = rocksdb::kZSTD;
  db.max_open_files = options.max_open_files;
  db.max_background_jobs = 2;
  db.advise_random_on_open = false;
  // RocksDB sets aside as much as its memtables may hold, 64 MB, for its log at each start: space that the operator sees go.
  db.allow_fallocate = false;
  db.write_dbid_to_manifest = true;
  // All that must not be lost is in the log (see Rocks::KeepRowInMemory).
  db.avoid_flush_during_shutdown = true;
  // After a full disk (see space_errors.h).
  db.bgerror_resume_retry_interval = kResumeRetryMicros;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  db.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  db.max_log_file_size = 4 << 20;
  db.keep_log_file_num = 4;
  return db;
}

rocksdb::ColumnFamilyOptions FamilyOptions(Family family,
                                           const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(TableOptions(family, cache)));
  if (HoldsParts(family)) {
    SetUpParts(&options);
  } else {
    SetUpRows(family, &options);
  }
  if (family == Family::kPostings || family == Family::kActivity) {
    options.merge_operator = NewIdSetMergeOperator();
  }
  if (family == Family::kLabels) {
    options.prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(kLabelsPrefixBytes));
    options.memtable_prefix_bloom_size_ratio = 0.05;
  }
  return options;
}

}  // namespace silverback

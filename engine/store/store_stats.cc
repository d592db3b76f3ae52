#include "engine/store/store_stats.h"

#include <rocksdb/metadata.h>
#include <rocksdb/statistics.h>
#include <rocksdb/transaction_log.h>

namespace silverback {
namespace {

uint64_t Property(const Rocks& rocks, Family family, const std::string& name) {
  uint64_t value = 0;
  rocks.db()->GetIntProperty(rocks.family(family), name, &value);
  return value;
}

FamilyStats CollectFamily(const Rocks& rocks, Family family) {
  FamilyStats stats;
  stats.name = FamilyName(family);
  rocksdb::ColumnFamilyMetaData meta;
  rocks.db()->GetColumnFamilyMetaData(rocks.family(family), &meta);
  stats.table_bytes = meta.size;
  stats.table_files = meta.file_count;
  stats.memtable_bytes = Property(rocks, family, rocksdb::DB::Properties::kCurSizeAllMemTables);
  stats.rows_estimate = Property(rocks, family, rocksdb::DB::Properties::kEstimateNumKeys);
  return stats;
}

uint64_t WalBytes(const Rocks& rocks) {
  rocksdb::VectorLogPtr files;
  if (!rocks.db()->GetSortedWalFiles(files).ok()) return 0;
  uint64_t bytes = 0;
  for (const auto& file : files) bytes += file->SizeFileBytes();
  return bytes;
}

}  // namespace

StoreStats CollectStats(const Rocks& rocks, const Catalog& catalog) {
  StoreStats stats;
  for (size_t i = 0; i < kFamilyCount; ++i) {
    const auto family = static_cast<Family>(i);
    stats.families.push_back(CollectFamily(rocks, family));
    stats.table_reader_bytes +=
        Property(rocks, family, rocksdb::DB::Properties::kEstimateTableReadersMem);
  }
  stats.live_parts = catalog.live()->size();
  stats.dead_parts = catalog.dead().size();
  stats.block_cache_bytes = rocks.cache()->GetUsage();
  stats.block_cache_capacity_bytes = rocks.cache()->GetCapacity();
  stats.block_cache_pinned_bytes = rocks.cache()->GetPinnedUsage();
  stats.block_cache_hits = rocks.Ticker(rocksdb::BLOCK_CACHE_HIT);
  stats.block_cache_misses = rocks.Ticker(rocksdb::BLOCK_CACHE_MISS);
  stats.wal_bytes = WalBytes(rocks);
  stats.background_errors = rocks.background_errors();
  return stats;
}

}  // namespace silverback

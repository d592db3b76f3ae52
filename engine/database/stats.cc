#include "engine/database/local_database.h"

namespace silverback {

DatabaseStats LocalDatabase::Stats() const {
  DatabaseStats stats;
  const EngineStateRef state = engine_.state.Get();
  stats.series_total = engine_.substrate->registry->size();
  stats.head_range = {0, -1};
  for (const auto& generation : state->generations) {
    const Generation::Stats of = generation->stats();
    // The generations have most series in common; the active one stands for all.
    stats.series_in_head = of.series;
    stats.head_chunks += of.chunks;
    stats.head_bytes += of.bytes;
    stats.head_late_samples += of.late_samples;
    const TimeRange range = generation->time_range();
    if (range.empty()) continue;
    if (stats.head_range.empty()) {
      stats.head_range = range;
    } else {
      stats.head_range.min_ms = std::min(stats.head_range.min_ms, range.min_ms);
      stats.head_range.max_ms = std::max(stats.head_range.max_ms, range.max_ms);
    }
  }
  stats.head_generations = state->generations.size();

  const EngineCounters& counters = engine_.counters;
  stats.samples_appended = counters.appended;
  stats.samples_duplicate = counters.duplicate;
  stats.samples_overwritten = counters.overwritten;
  stats.samples_late = counters.late;
  stats.samples_rejected = counters.rejected;
  stats.seals = counters.seals;
  stats.seal_failures = counters.seal_failures;
  stats.seal_ns = counters.seal_ns;
  stats.merges = counters.merges;
  stats.merge_failures = counters.merge_failures;
  stats.merge_ns = counters.merge_ns;
  stats.retention_drops = counters.retention_drops;
  stats.wal_damaged_records = counters.wal_damaged_records;

  const LogStats log = engine_.log->stats();
  stats.wal_bytes = log.unsealed_bytes;
  stats.wal_segments = log.segments;
  stats.wal_records = log.records;
  stats.wal_syncs = log.syncs;
  stats.wal_sync_ns = static_cast<uint64_t>(log.sync_seconds_sum * 1e9);

  for (const PartRef& part : state->parts) {
    ++stats.parts;
    stats.blocks += part->blocks;
    stats.samples_in_parts += part->samples;
    stats.part_bytes += part->bytes;
  }
  const StoreStats store = engine_.substrate->store->Stats();
  stats.block_cache_bytes = store.block_cache_bytes;
  stats.block_cache_capacity = store.block_cache_capacity_bytes;
  stats.block_cache_hits = store.block_cache_hits;
  stats.block_cache_misses = store.block_cache_misses;
  stats.label_cache_bytes = engine_.substrate->labels.bytes();
  stats.recent_blocks_bytes = engine_.substrate->recent_blocks.bytes();
  stats.postings_cache_bytes = engine_.substrate->selector->cache_bytes();
  stats.disk_bytes = store.wal_bytes + log.file_bytes;
  for (const FamilyStats& family : store.families) stats.disk_bytes += family.table_bytes;
  return stats;
}

}  // namespace silverback

#include "query/api/database_metrics.h"

#include <iterator>
#include <string>

namespace silverback {
namespace {

/// One row a figure.
struct Row {
  const char* name;  // behind "silverback_storage_"
  bool counter;
  const char* help;
  uint64_t DatabaseStats::*field;
};

using S = DatabaseStats;
constexpr Row kRows[] = {
    {"series", false, "Series in the registry.", &S::series_total},
    {"head_series", false, "Series with samples in the head.", &S::series_in_head},
    {"head_chunks", false, "Open chunks.", &S::head_chunks},
    {"head_bytes", false, "Memory of the head.", &S::head_bytes},
    {"head_late_samples", false, "Out-of-order samples that wait for the next seal.",
     &S::head_late_samples},
    {"head_generations", false, "Generations of the head: 1, or 2 while a seal runs.",
     &S::head_generations},
    {"samples_appended_total", true, "Samples stored.", &S::samples_appended},
    {"samples_duplicate_total", true, "Samples that were there already with the same value.",
     &S::samples_duplicate},
    {"samples_overwritten_total", true, "Samples that replaced another value at the same time.",
     &S::samples_overwritten},
    {"samples_late_total", true, "Samples that came out of order.", &S::samples_late},
    {"samples_rejected_total", true, "Samples refused.", &S::samples_rejected},
    {"wal_bytes", false, "Unsealed bytes of the write-ahead log.", &S::wal_bytes},
    {"wal_segments", false, "Segments of the write-ahead log.", &S::wal_segments},
    {"wal_records_total", true, "Records written to the log.", &S::wal_records},
    {"wal_syncs_total", true, "Syncs of the log.", &S::wal_syncs},
    {"wal_damaged_records_total", true, "Damaged records found when the log was read.",
     &S::wal_damaged_records},
    {"parts", false, "Live parts.", &S::parts},
    {"blocks", false, "Blocks in live parts.", &S::blocks},
    {"part_samples", false, "Samples in live parts.", &S::samples_in_parts},
    {"part_bytes", false, "Bytes of live parts.", &S::part_bytes},
    {"seals_total", true, "Seals done.", &S::seals},
    {"seal_failures_total", true, "Seals that failed.", &S::seal_failures},
    {"merges_total", true, "Merges done.", &S::merges},
    {"merge_failures_total", true, "Merges that failed.", &S::merge_failures},
    {"retention_drops_total", true, "Parts dropped because of their age.", &S::retention_drops},
    {"block_cache_bytes", false, "Block cache in use.", &S::block_cache_bytes},
    {"block_cache_capacity_bytes", false, "Size of the block cache.", &S::block_cache_capacity},
    {"block_cache_hits_total", true, "Reads that the block cache answered.", &S::block_cache_hits},
    {"label_cache_bytes", false, "Label sets kept in memory for queries.", &S::label_cache_bytes},
    {"recent_blocks_bytes", false, "Opened blocks of short reads kept in memory for queries.",
     &S::recent_blocks_bytes},
    {"postings_cache_bytes", false, "Rows of label values kept in memory for queries.",
     &S::postings_cache_bytes},
    {"block_cache_misses_total", true, "Reads that went to the files.", &S::block_cache_misses},
    {"disk_bytes", false, "Bytes of the data directory.", &S::disk_bytes},
};

}  // namespace

void WriteDatabaseMetrics(MetricFamilies& metrics, const DatabaseStats& stats,
                          uint64_t wal_max_bytes) {
  for (const Row& row : kRows) {
    const std::string name = std::string("silverback_storage_") + row.name;
    metrics.Family(name, row.counter ? "counter" : "gauge", row.help);
    metrics.Sample(stats.*row.field);
  }
  const auto seconds = [&metrics](std::string_view name, std::string_view help, uint64_t ns) {
    metrics.SecondsCounter(name, help, static_cast<double>(ns) / 1e9);
  };
  seconds("silverback_storage_wal_sync_seconds_total", "Time spent syncing the log.",
          stats.wal_sync_ns);
  seconds("silverback_storage_seal_seconds_total", "Time spent sealing.", stats.seal_ns);
  seconds("silverback_storage_merge_seconds_total", "Time spent merging.", stats.merge_ns);
  metrics.Gauge("silverback_storage_wal_max_bytes",
                "Unsealed bytes of the log at which a seal starts.",
                static_cast<double>(wal_max_bytes));
  if (!stats.head_range.empty()) {
    metrics.Gauge("silverback_storage_head_min_time_seconds", "Oldest sample in the head.",
                  static_cast<double>(stats.head_range.min_ms) / 1000);
    metrics.Gauge("silverback_storage_head_max_time_seconds", "Newest sample in the head.",
                  static_cast<double>(stats.head_range.max_ms) / 1000);
  }
}

}  // namespace silverback

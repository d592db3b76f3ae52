// What the registry's sources share. Private to engine/index.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/hash.h"
#include "engine/index/metric_column.h"
#include "engine/index/postings_change.h"
#include "engine/index/registry.h"
#include "engine/store/high_water_mark.h"
#include "engine/store/keys.h"

namespace silverback {

struct Registry::Impl {
  static constexpr uint64_t kSeriesLeap = 8192;
  static constexpr uint64_t kMetricLeap = 1024;
  static constexpr uint64_t kMaxId = 0xffffffff;

  Impl(Store* s, const RegistryOptions& o)
      : store(s),
        kv(s->kv()),
        options(o),
        series_ids(&kv, keys::kNextSeries, 1, kSeriesLeap, kMaxId),
        metric_ids(&kv, keys::kNextMetric, 1, kMetricLeap, kMaxId) {}

  // One batch of new series on its way into the store.
  struct Creation {
    explicit Creation(const Kv& kv) : batch(kv) {}
    KvBatch batch;
    PostingsChange postings;
    absl::flat_hash_map<std::string, MetricId, StringHash, StringEqual> metrics;
    std::vector<std::pair<SeriesId, MetricId>> created;
    std::vector<std::string> hash_keys;  // of Family::kLabels
  };

  Hash128Value HashOf(const LabelSet& labels) const {
    return Hash128(labels.encoded(), store->hash_seed());
  }

  // Look-up and creation: registry.cc.

  /// Fills `refs[i]` for those i of `which` whose label set exists.
  Status LookUp(std::span<const LabelSet> labels, std::span<const size_t> which,
                std::span<SeriesRef> refs) const;
  /// Creates those of `missing`. REQUIRES: create_mutex is held, none of them exists.
  Status Create(std::span<const LabelSet> labels, std::span<const size_t> missing,
                std::span<SeriesRef> refs);
  StatusOr<std::optional<MetricId>> FindMetric(std::string_view name) const;
  /// The metric of the name, created if new; 0 without a name.
  StatusOr<MetricId> MetricFor(const LabelSet& labels, Creation* creation);
  void Put(SeriesId series, MetricId metric, const LabelSet& labels, Creation* creation) const;
  /// Writes the batch. REQUIRES: create_mutex is held.
  Status Finish(Creation* creation);
  Status DeleteSome(std::span<const SeriesId> series);

  // Series that the log introduces: registry_insert.cc.

  /// Keeps those whose rows are not there yet; DataLoss when a row is there that says something else.
  Status KeepNew(std::vector<const SeriesEntry*>* entries) const;
  /// DataLoss when the label set of one of them has an id already.
  Status CheckNameless(std::span<const SeriesEntry* const> entries) const;
  /// DataLoss when the metric of that name has another id; a name that is new gets a row.
  Status CheckMetric(const SeriesEntry& entry, Creation* creation) const;

  /// Writes the batch, and counts it. REQUIRES: create_mutex is held.
  Status WriteRows(KvBatch batch);

  // Reading: registry_read.cc.

  /// Calls `found` for the rows of ids that exist, as of `moment` (null: now). REQUIRES: `ids` ascend, and there is one.
  Status VisitRows(std::span<const SeriesId> ids, const KvSnapshot* moment,
                   const std::function<Status(size_t, std::string_view)>& found) const;

  Store* store;
  Kv& kv;
  RegistryOptions options;
  HighWaterMark series_ids;
  HighWaterMark metric_ids;
  std::mutex create_mutex;  // held while rows are added or deleted
  // Counts batches that were written, or given up: a look-up before the lock is still good if it has not moved.
  std::atomic<uint64_t> epoch{0};
  // Those and the one that is being written.
  std::atomic<uint64_t> epochs_begun{0};
  std::atomic<uint64_t> size{0};
  mutable MetricColumn metric_column;
};

}  // namespace silverback

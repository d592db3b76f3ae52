// The series registry: label sets to series ids and back. Lives in the store; opening it rebuilds
// nothing.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/labels/label_set.h"
#include "engine/store/series_bitmap.h"
#include "engine/store/store.h"

namespace silverback {

struct RegistryOptions {
  /// Series that the registry holds at most (`--storage.max-series`); 0 for no bound.
  uint64_t max_series = 0;
};

/// What the registry says of one label set.
struct SeriesRef {
  SeriesId series = 0;  // 0: none (refused by the bound)
  MetricId metric = 0;
  bool created = false;
  friend bool operator==(const SeriesRef&, const SeriesRef&) = default;
};

/// A series as a log record introduces it.
struct SeriesEntry {
  SeriesId series = 0;
  MetricId metric = 0;
  LabelSet labels;
};

/// Safe for concurrent use. Ids start at 1 and are never given twice.
class Registry {
 public:
  /// `store` must outlive the registry.
  static StatusOr<std::unique_ptr<Registry>> Open(Store* store, const RegistryOptions& options);
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// `refs[i]` becomes the series of `labels[i]`, created if new (repeats within a call are found).
  /// All that is new is one batch, which survives a killed process; `Store::Flush` makes it survive lost
  /// power.
  ///
  /// WARNING: `created` is true for one caller alone, perhaps not the one whose record reaches the log first. A log record must
  /// introduce (carry the labels of) every series that no earlier record has introduced since the last `Store::Flush`,
  /// whoever created it; or lost power leaves samples of an id that nobody knows.
  ///
  /// ResourceExhausted, naming the flag, when new series do not fit under the bound: those get
  /// `series == 0`, all others are valid. After any other error nothing in `refs` is valid.
  /// REQUIRES: label sets are not empty; sizes are equal.
  Status GetOrCreate(std::span<const LabelSet> labels, std::span<SeriesRef> refs);

  /// The series if it exists (`series == 0` if not). Creates nothing.
  StatusOr<SeriesRef> Find(const LabelSet& labels) const;

  /// Puts back series that a log record introduces, in one batch. Idempotent. Raises the high-water marks past all ids. Error (DataLoss)
  /// when an id belongs to another label set, or a label set has another id; then none is inserted.
  Status Insert(std::span<const SeriesEntry> entries);
  /// The same for one.
  Status Insert(SeriesId series, MetricId metric, const LabelSet& labels);

  /// NotFound when there is no such series.
  StatusOr<LabelSet> Labels(SeriesId series) const;
  /// In the order of `series` (any order; sorted is fastest). A series that does not exist (any
  /// more) yields an empty set. Cancelled when `cancelled` (may be null) becomes true. As of `moment`; null: as of now.
  StatusOr<std::vector<LabelSet>> Labels(std::span<const SeriesId> series,
                                         const std::atomic<bool>* cancelled = nullptr,
                                         const KvSnapshot* moment = nullptr) const;
  /// The ids of all series. From postings: some bits a series are read, not the rows.
  StatusOr<SeriesBitmap> AllSeries() const;
  /// NotFound when there is no such series.
  StatusOr<MetricId> Metric(SeriesId series) const;
  /// The same for many, read from their rows: `metrics[i]` becomes that of `series[i]`, and stays as it is where there is no such series.
  /// As of `moment`; null: as of now. REQUIRES: `series` ascends and has no repeats.
  Status FindMetrics(std::span<const SeriesId> series, std::span<std::optional<MetricId>> metrics,
                     const KvSnapshot* moment = nullptr) const;
  /// `metrics[i]` becomes the metric of `series[i]`, from memory (4 bytes a series, read from the postings at the first call). For ids
  /// that are not in use, any. With a `moment` (may be null), those that have left since count as in use, and `series` must
  /// ascend without repeats.
  Status Metrics(std::span<const SeriesId> series, std::span<MetricId> metrics,
                 const KvSnapshot* moment = nullptr) const;

  /// Removes series from registry and postings (not from activity: `Store::RemoveActivity`, `Store::DropBefore`).
  /// Unknown ids are passed over. REQUIRES: nothing that is live refers to them.
  Status Delete(std::span<const SeriesId> series);

  /// Series that exist.
  uint64_t size() const;

  /// Another (higher) number after each change of rows. None while one is under way: who gets the same number before and after a read
  /// or a snapshot has seen the rows of that version.
  std::optional<uint64_t> version() const;

  Store* store() const;

 private:
  struct Impl;
  explicit Registry(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace silverback

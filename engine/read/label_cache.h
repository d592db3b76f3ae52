// Label sets by series id, shared by all readers.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/index/registry.h"
#include "engine/labels/label_set.h"

namespace silverback {

/// Keeps the label sets that were asked for last, up to a number of bytes: a dashboard asks for the same series again and
/// again, and each time their rows would be found in the store and checked. Ids are never given twice, so nothing in here
/// goes stale; of a series that has been forgotten it may still know the labels, for readers of an older state. Safe for
/// concurrent use.
class LabelCache {
 public:
  /// `registry` must outlive the cache.
  LabelCache(const Registry* registry, size_t bytes_max)
      : registry_(registry), half_bytes_max_(bytes_max / 2) {}

  /// As Registry::Labels; what is not known is read from `moment` (null: from now).
  StatusOr<std::vector<LabelSet>> Get(std::span<const SeriesId> series,
                                      const std::atomic<bool>* cancelled = nullptr,
                                      const KvSnapshot* moment = nullptr);

  /// Calls `visit` for the same, in any order and without copies of what is known. `visit` is short: others wait meanwhile.
  Status Visit(std::span<const SeriesId> series, const std::atomic<bool>* cancelled,
               const KvSnapshot* moment, const std::function<void(const LabelSet&)>& visit);

  /// Bytes held.
  size_t bytes() const;

 private:
  using Entries = absl::flat_hash_map<SeriesId, LabelSet>;

  /// Calls `found(place, labels)` for what is known and returns the places of what is not.
  std::vector<size_t> Find(std::span<const SeriesId> series,
                           const std::function<void(size_t, const LabelSet&)>& found);
  /// Reads what is not known, and keeps it.
  StatusOr<std::vector<LabelSet>> Read(std::span<const SeriesId> series,
                                       std::span<const size_t> places,
                                       const std::atomic<bool>* cancelled,
                                       const KvSnapshot* moment);
  void Add(std::span<const SeriesId> series, std::span<const LabelSet> labels);
  /// With the mutex held.
  void Keep(SeriesId series, const LabelSet& labels);

  const Registry* registry_;
  const size_t half_bytes_max_;
  mutable std::mutex mutex_;
  // Two halves instead of an order of use: what is used moves to the young one; when that is full, the old one goes and
  // the young one takes its place.
  Entries young_;
  Entries old_;
  size_t young_bytes_ = 0;
  size_t old_bytes_ = 0;
};

}  // namespace silverback

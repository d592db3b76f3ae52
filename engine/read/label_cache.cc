#include "engine/read/label_cache.h"

#include <algorithm>
#include <utility>

namespace silverback {
namespace {

/// The lock is let go between so many, for other queries.
constexpr size_t kAtOnce = 512;
/// Of an entry beside its bytes, by estimate: a string in a table that is half full, and malloc's own bytes.
constexpr size_t kEntryBytes = 80;

size_t BytesOf(const LabelSet& labels) {
  return labels.encoded().size() + kEntryBytes;
}

}  // namespace

StatusOr<std::vector<LabelSet>> LabelCache::Get(std::span<const SeriesId> series,
                                                const std::atomic<bool>* cancelled,
                                                const KvSnapshot* moment) {
  std::vector<LabelSet> labels(series.size());
  const std::vector<size_t> missing =
      Find(series, [&](size_t place, const LabelSet& known) { labels[place] = known; });
  if (missing.empty()) return labels;
  ASSIGN_OR_RETURN(std::vector<LabelSet> read, Read(series, missing, cancelled, moment));
  for (size_t i = 0; i < missing.size(); ++i) labels[missing[i]] = std::move(read[i]);
  return labels;
}

Status LabelCache::Visit(std::span<const SeriesId> series, const std::atomic<bool>* cancelled,
                         const KvSnapshot* moment,
                         const std::function<void(const LabelSet&)>& visit) {
  const std::vector<size_t> missing =
      Find(series, [&](size_t, const LabelSet& known) { visit(known); });
  if (missing.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<LabelSet> read, Read(series, missing, cancelled, moment));
  for (const LabelSet& labels : read) {
    if (!labels.empty()) visit(labels);
  }
  return absl::OkStatus();
}

StatusOr<std::vector<LabelSet>> LabelCache::Read(std::span<const SeriesId> series,
                                                 std::span<const size_t> places,
                                                 const std::atomic<bool>* cancelled,
                                                 const KvSnapshot* moment) {
  std::vector<SeriesId> ids;
  ids.reserve(places.size());
  for (const size_t place : places) ids.push_back(series[place]);
  ASSIGN_OR_RETURN(std::vector<LabelSet> read, registry_->Labels(ids, cancelled, moment));
  Add(ids, read);
  return read;
}

std::vector<size_t> LabelCache::Find(std::span<const SeriesId> series,
                                     const std::function<void(size_t, const LabelSet&)>& found) {
  std::vector<size_t> missing;
  for (size_t begin = 0; begin < series.size(); begin += kAtOnce) {
    const std::lock_guard lock(mutex_);
    for (size_t i = begin; i < std::min(series.size(), begin + kAtOnce); ++i) {
      if (const auto young = young_.find(series[i]); young != young_.end()) {
        found(i, young->second);
      } else if (const auto old = old_.find(series[i]); old != old_.end()) {
        found(i, old->second);
        // A copy, because keeping it may end the half that it stands in.
        Keep(series[i], LabelSet(old->second));
      } else {
        missing.push_back(i);
      }
    }
  }
  return missing;
}

void LabelCache::Add(std::span<const SeriesId> series, std::span<const LabelSet> labels) {
  for (size_t begin = 0; begin < series.size(); begin += kAtOnce) {
    const std::lock_guard lock(mutex_);
    for (size_t i = begin; i < std::min(series.size(), begin + kAtOnce); ++i) {
      // Nothing is remembered of series that do not exist.
      if (!labels[i].empty()) Keep(series[i], labels[i]);
    }
  }
}

void LabelCache::Keep(SeriesId series, const LabelSet& labels) {
  if (young_bytes_ + BytesOf(labels) > half_bytes_max_) {
    old_ = std::exchange(young_, {});
    old_bytes_ = std::exchange(young_bytes_, 0);
  }
  if (BytesOf(labels) > half_bytes_max_) return;
  if (young_.emplace(series, labels).second) young_bytes_ += BytesOf(labels);
}

size_t LabelCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return young_bytes_ + old_bytes_;
}

}  // namespace silverback

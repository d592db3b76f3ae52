#include "engine/index/registry.h"

#include <absl/container/flat_hash_map.h>
#include <algorithm>
#include <functional>
#include <mutex>
#include <numeric>
#include <optional>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/coding.h"
#include "engine/index/registry_impl.h"
#include "engine/index/series_row.h"
#include "engine/store/id_set.h"
#include "engine/store/keys.h"

namespace silverback {
namespace {

constexpr size_t kDeleteAtOnce = 4096;

// Walks the rows of the set of all series. Without a snapshot: RocksDB rewrites files of the index when one is released, and a cursor
// sees one moment by itself.
Status WalkAllSeries(const Kv& kv,
                     const std::function<bool(uint16_t high, std::string_view ids)>& visit) {
  KvCursor rows = kv.NewCursor(Family::kPostings, keys::PostingsPrefix("", ""));
  for (rows.SeekToFirst(); rows.valid(); rows.Next()) {
    uint16_t high = 0;
    if (!keys::ParsePostingsHigh(rows.key(), &high) || !visit(high, rows.value())) {
      return DataLoss("the set of all series is malformed");
    }
  }
  return rows.status();
}

StatusOr<uint64_t> CountSeries(const Kv& kv) {
  uint64_t total = 0;
  RETURN_IF_ERROR(WalkAllSeries(kv, [&](uint16_t, std::string_view ids) {
    uint32_t count = 0;
    if (!CountIds(ids, &count)) return false;
    total += count;
    return true;
  }));
  return total;
}

}  // namespace

Registry::Registry(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Registry::~Registry() {
  impl_->series_ids.Close();
  impl_->metric_ids.Close();
}

StatusOr<std::unique_ptr<Registry>> Registry::Open(Store* store, const RegistryOptions& options) {
  auto impl = std::make_unique<Impl>(store, options);
  RETURN_IF_ERROR(impl->series_ids.Load());
  RETURN_IF_ERROR(impl->metric_ids.Load());
  ASSIGN_OR_RETURN(const uint64_t size, CountSeries(impl->kv));
  impl->size = size;
  return std::unique_ptr<Registry>(new Registry(std::move(impl)));
}

StatusOr<SeriesBitmap> Registry::AllSeries() const {
  SeriesBitmap all;
  RETURN_IF_ERROR(WalkAllSeries(impl_->kv, [&](uint16_t high, std::string_view ids) {
    return AddToBitmap(ids, high, &all);
  }));
  return all;
}

// The count of finished ones first: if as many had begun later on, none has begun in between and is not finished.
std::optional<uint64_t> Registry::version() const {
  const uint64_t finished = impl_->epoch.load();
  return impl_->epochs_begun.load() == finished ? std::optional(finished) : std::nullopt;
}

Store* Registry::store() const {
  return impl_->store;
}
uint64_t Registry::size() const {
  return impl_->size.load(std::memory_order_relaxed);
}

// Look-up: hashes to candidate ids, then the candidates' label sets are compared.
Status Registry::Impl::LookUp(std::span<const LabelSet> labels, std::span<const size_t> which,
                              std::span<SeriesRef> refs) const {
  // In order of hash, so that the cursor goes forward.
  std::vector<std::pair<std::string, size_t>> hashes;
  hashes.reserve(which.size());
  for (size_t i : which) hashes.emplace_back(keys::LabelsPrefix(HashOf(labels[i])), i);
  std::sort(hashes.begin(), hashes.end());
  std::vector<std::pair<SeriesId, size_t>> candidates;
  KvCursor rows = kv.NewHashCursor();
  for (const auto& [prefix, i] : hashes) {
    for (rows.Seek(prefix); rows.valid() && rows.key().starts_with(prefix); rows.Next()) {
      Hash128Value hash;
      SeriesId series = 0;
      if (!keys::ParseLabels(rows.key(), &hash, &series)) {
        return DataLoss("a key of {} bytes in labels is malformed", rows.key().size());
      }
      candidates.emplace_back(series, i);
    }
    RETURN_IF_ERROR(rows.status());
  }
  std::sort(candidates.begin(), candidates.end());
  std::vector<std::string> keys_of;
  keys_of.reserve(candidates.size());
  for (const auto& [series, i] : candidates) keys_of.push_back(keys::Series(series));
  return kv.MultiGet(Family::kSeries, keys_of, [&](size_t c, std::string_view row) -> Status {
    const auto& [series, i] = candidates[c];
    MetricId metric = 0;
    std::string_view encoded;
    RETURN_IF_ERROR(SplitSeriesRow(series, row, &metric, &encoded));
    if (encoded == labels[i].encoded()) refs[i] = {series, metric, false};
    return absl::OkStatus();
  });
}

StatusOr<std::optional<MetricId>> Registry::Impl::FindMetric(std::string_view name) const {
  std::string row;
  const Status status = kv.Get(Family::kMetrics, name, &row);
  if (absl::IsNotFound(status)) return std::optional<MetricId>();
  RETURN_IF_ERROR(status);
  std::string_view in = row;
  MetricId metric = 0;
  if (!GetBigEndian32(&in, &metric) || !in.empty()) {
    return DataLoss("the row of metric {} is malformed", name);
  }
  return std::optional<MetricId>(metric);
}

StatusOr<MetricId> Registry::Impl::MetricFor(const LabelSet& labels, Creation* creation) {
  const std::string_view name = labels.Get(kMetricName);
  if (name.empty()) return MetricId{0};
  if (const auto at = creation->metrics.find(name); at != creation->metrics.end())
    return at->second;
  ASSIGN_OR_RETURN(std::optional<MetricId> metric, FindMetric(name));
  if (!metric.has_value()) {
    ASSIGN_OR_RETURN(const uint64_t id, metric_ids.Take(1));
    metric = static_cast<MetricId>(id);
    std::string row;
    PutBigEndian32(&row, *metric);
    creation->batch.Put(Family::kMetrics, name, row);
  }
  creation->metrics.emplace(name, *metric);
  return *metric;
}

void Registry::Impl::Put(SeriesId series, MetricId metric, const LabelSet& labels,
                         Creation* creation) const {
  creation->batch.Put(Family::kSeries, keys::Series(series), EncodeSeriesRow(metric, labels));
  creation->hash_keys.push_back(keys::Labels(HashOf(labels), series));
  creation->postings.Add(series, labels);
  creation->created.emplace_back(series, metric);
}

Status Registry::Impl::WriteRows(KvBatch batch) {
  epochs_begun.fetch_add(1);
  const Status status = kv.Write(std::move(batch), Durability::kBuffered);
  epoch.fetch_add(1);
  return status;
}

// The rows of hashes in order: RocksDB then finds the place of one in memory from that of the one before, now and when it reads its log
// again. (Ids ascend by themselves, and the keys of postings are sorted.)
Status Registry::Impl::Finish(Creation* creation) {
  std::sort(creation->hash_keys.begin(), creation->hash_keys.end());
  for (const std::string& key : creation->hash_keys) creation->batch.Put(Family::kLabels, key, "");
  creation->postings.MergeInto(&creation->batch);
  RETURN_IF_ERROR(WriteRows(std::move(creation->batch)));
  for (const auto& [series, metric] : creation->created) metric_column.Set(series, metric);
  size.fetch_add(creation->created.size(), std::memory_order_relaxed);
  return absl::OkStatus();
}

// With create_mutex held.
Status Registry::Impl::Create(std::span<const LabelSet> labels, std::span<const size_t> missing,
                              std::span<SeriesRef> refs) {
  absl::flat_hash_map<std::string_view, size_t> firsts;  // encoded labels -> first index
  std::vector<size_t> fresh;
  for (size_t i : missing) {
    SB_CHECK(!labels[i].empty());
    if (firsts.emplace(labels[i].encoded(), i).second) fresh.push_back(i);
  }
  const uint64_t room = options.max_series == 0
                            ? fresh.size()
                            : options.max_series - std::min(options.max_series, size.load());
  const size_t refused = fresh.size() - std::min<uint64_t>(fresh.size(), room);
  fresh.resize(fresh.size() - refused);
  if (!fresh.empty()) {
    ASSIGN_OR_RETURN(const uint64_t first, series_ids.Take(fresh.size()));
    Creation creation(kv);
    for (size_t n = 0; n < fresh.size(); ++n) {
      const LabelSet& added = labels[fresh[n]];
      ASSIGN_OR_RETURN(const MetricId metric, MetricFor(added, &creation));
      Put(static_cast<SeriesId>(first + n), metric, added, &creation);
    }
    const std::vector<std::pair<SeriesId, MetricId>> created = creation.created;
    RETURN_IF_ERROR(Finish(&creation));
    // Not before: of a batch that could not be written nobody may use an id.
    for (size_t n = 0; n < fresh.size(); ++n) {
      refs[fresh[n]] = {created[n].first, created[n].second, true};
    }
  }
  for (size_t i : missing) {
    const size_t same = firsts[labels[i].encoded()];
    if (same != i) refs[i] = {refs[same].series, refs[same].metric, false};
  }
  if (refused == 0) return absl::OkStatus();
  return ResourceExhausted(
      "{} new series refused: there are {} and --storage.max-series is {}; raise it, or let "
      "retention remove series",
      refused, size.load(), options.max_series);
}

Status Registry::GetOrCreate(std::span<const LabelSet> labels, std::span<SeriesRef> refs) {
  SB_CHECK_EQ(labels.size(), refs.size());
  std::fill(refs.begin(), refs.end(), SeriesRef{});
  std::vector<size_t> missing(labels.size());
  std::iota(missing.begin(), missing.end(), size_t{0});
  const auto keep_missing = [&] {
    std::erase_if(missing, [&](size_t i) { return refs[i].series != 0; });
  };
  const uint64_t before = impl_->epoch.load(std::memory_order_acquire);
  RETURN_IF_ERROR(impl_->LookUp(labels, missing, refs));
  keep_missing();
  if (missing.empty()) return absl::OkStatus();
  const std::lock_guard lock(impl_->create_mutex);
  if (impl_->epoch.load(std::memory_order_acquire) != before) {
    RETURN_IF_ERROR(impl_->LookUp(labels, missing, refs));
    keep_missing();
  }
  return impl_->Create(labels, missing, refs);
}

StatusOr<SeriesRef> Registry::Find(const LabelSet& labels) const {
  SeriesRef ref;
  const size_t which = 0;
  RETURN_IF_ERROR(impl_->LookUp(std::span(&labels, 1), std::span(&which, 1), std::span(&ref, 1)));
  return ref;
}

Status Registry::Impl::DeleteSome(std::span<const SeriesId> series) {
  const std::lock_guard lock(create_mutex);
  std::vector<std::string> keys_of;
  for (SeriesId id : series) keys_of.push_back(keys::Series(id));
  KvBatch batch(kv);
  PostingsChange postings;
  std::vector<SeriesId> deleted;
  RETURN_IF_ERROR(
      kv.MultiGet(Family::kSeries, keys_of, [&](size_t i, std::string_view row) -> Status {
        ASSIGN_OR_RETURN(const LabelSet labels, DecodeSeriesLabels(series[i], row));
        batch.Delete(Family::kSeries, keys_of[i]);
        batch.Delete(Family::kLabels, keys::Labels(HashOf(labels), series[i]));
        postings.Add(series[i], labels);
        deleted.push_back(series[i]);
        const std::string exemplars = keys::ExemplarsPrefix(series[i]);
        KvCursor rows = kv.NewCursor(Family::kExemplars, exemplars);
        rows.SeekToFirst();
        if (rows.valid()) batch.DeleteRange(Family::kExemplars, exemplars, keys::After(exemplars));
        return rows.status();
      }));
  RETURN_IF_ERROR(postings.RemoveFrom(kv, &batch));
  RETURN_IF_ERROR(WriteRows(std::move(batch)));
  metric_column.Erase(deleted);
  size.fetch_sub(deleted.size(), std::memory_order_relaxed);
  return absl::OkStatus();
}

Status Registry::Delete(std::span<const SeriesId> series) {
  std::vector<SeriesId> ids(series.begin(), series.end());
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  for (size_t at = 0; at < ids.size(); at += kDeleteAtOnce) {
    RETURN_IF_ERROR(
        impl_->DeleteSome(std::span(ids).subspan(at, std::min(kDeleteAtOnce, ids.size() - at))));
  }
  return absl::OkStatus();
}

}  // namespace silverback

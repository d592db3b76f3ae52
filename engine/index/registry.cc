#include "engine/index/registry.h"

#include <absl/container/flat_hash_map.h>
#include <algorithm>
#include <mutex>
#include <numeric>
#include <optional>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/coding.h"
#include "engine/base/hash.h"
#include "engine/index/metric_column.h"
#include "engine/index/postings_change.h"
#include "engine/index/series_row.h"
#include "engine/store/high_water_mark.h"
#include "engine/store/id_set.h"
#include "engine/store/keys.h"

namespace silverback {
namespace {

constexpr uint64_t kSeriesLeap = 8192;
constexpr uint64_t kMetricLeap = 1024;
constexpr uint64_t kMaxId = 0xffffffff;
constexpr size_t kDeleteAtOnce = 4096;
constexpr size_t kRowsAtOnce = 1024;
// Up to this many ids apart on average, walking over rows is cheaper than looking each one up.
constexpr size_t kNearIds = 4;

StatusOr<uint64_t> CountSeries(const Kv& kv) {
  uint64_t total = 0;
  KvCursor rows = kv.NewCursor(Family::kPostings, keys::PostingsPrefix("", ""));
  for (rows.SeekToFirst(); rows.valid(); rows.Next()) {
    uint32_t count = 0;
    if (!CountIds(rows.value(), &count)) return DataLoss("the set of all series is malformed");
    total += count;
  }
  RETURN_IF_ERROR(rows.status());
  return total;
}

Status CheckMakesSense(const SeriesEntry& entry) {
  if (entry.series == 0 || entry.labels.empty()) {
    return DataLoss("a series cannot have id {} and labels {}", entry.series,
                    entry.labels.ToString());
  }
  if (entry.labels.Get(kMetricName).empty() != (entry.metric == 0)) {
    return DataLoss("series {} {} cannot have metric {}", entry.series, entry.labels.ToString(),
                    entry.metric);
  }
  return absl::OkStatus();
}

}  // namespace

struct Registry::Impl {
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
  };

  Hash128Value HashOf(const LabelSet& labels) const {
    return Hash128(labels.encoded(), store->hash_seed());
  }
  Status LookUp(std::span<const LabelSet> labels, std::span<const size_t> which,
                std::span<SeriesRef> refs) const;
  Status Create(std::span<const LabelSet> labels, std::span<const size_t> missing,
                std::span<SeriesRef> refs);
  StatusOr<std::optional<MetricId>> FindMetric(std::string_view name) const;
  StatusOr<MetricId> MetricFor(const LabelSet& labels, Creation* creation);
  void Put(SeriesId series, MetricId metric, const LabelSet& labels, Creation* creation) const;
  Status Finish(Creation* creation);
  Status KeepNew(std::vector<const SeriesEntry*>* entries) const;
  Status CheckNameless(std::span<const SeriesEntry* const> entries) const;
  Status CheckMetric(const SeriesEntry& entry, Creation* creation) const;
  Status VisitRows(std::span<const SeriesId> ids, const KvSnapshot* moment,
                   const std::function<Status(size_t, std::string_view)>& found) const;
  Status DeleteSome(std::span<const SeriesId> series);

  Store* store;
  Kv& kv;
  RegistryOptions options;
  HighWaterMark series_ids;
  HighWaterMark metric_ids;
  std::mutex create_mutex;  // held while rows are added or deleted
  // Counts batches that were written: a look-up before the lock is still good if it has not moved.
  std::atomic<uint64_t> epoch{0};
  std::atomic<uint64_t> size{0};
  mutable MetricColumn metric_column;
};

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

Store* Registry::store() const {
  return impl_->store;
}
uint64_t Registry::size() const {
  return impl_->size.load(std::memory_order_relaxed);
}
Status Registry::SyncWal() {
  return impl_->kv.SyncWal();
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
  creation->batch.Put(Family::kLabels, keys::Labels(HashOf(labels), series), "");
  creation->postings.Add(series, labels);
  creation->created.emplace_back(series, metric);
}

Status Registry::Impl::Finish(Creation* creation) {
  creation->postings.MergeInto(&creation->batch);
  RETURN_IF_ERROR(kv.Write(std::move(creation->batch), Durability::kBuffered));
  for (const auto& [series, metric] : creation->created) metric_column.Set(series, metric);
  size.fetch_add(creation->created.size(), std::memory_order_relaxed);
  epoch.fetch_add(1, std::memory_order_release);
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

// Those whose rows are not there yet; DataLoss when a row is there that says something else.
Status Registry::Impl::KeepNew(std::vector<const SeriesEntry*>* entries) const {
  std::sort(entries->begin(), entries->end(),
            [](const SeriesEntry* a, const SeriesEntry* b) { return a->series < b->series; });
  std::vector<std::string> keys_of;
  keys_of.reserve(entries->size());
  for (const SeriesEntry* entry : *entries) keys_of.push_back(keys::Series(entry->series));
  RETURN_IF_ERROR(
      kv.MultiGet(Family::kSeries, keys_of, [&](size_t i, std::string_view row) -> Status {
        const SeriesEntry& entry = *(*entries)[i];
        if (row != EncodeSeriesRow(entry.metric, entry.labels)) {
          return DataLoss("series {} is {} in the log and another one in the registry",
                          entry.series, entry.labels.ToString());
        }
        (*entries)[i] = nullptr;
        return absl::OkStatus();
      }));
  std::erase(*entries, nullptr);
  return absl::OkStatus();
}

// DataLoss when the label set of one of them has an id already.
Status Registry::Impl::CheckNameless(std::span<const SeriesEntry* const> entries) const {
  std::vector<LabelSet> labels;
  labels.reserve(entries.size());
  for (const SeriesEntry* entry : entries) labels.push_back(entry->labels);
  std::vector<size_t> which(entries.size());
  std::iota(which.begin(), which.end(), size_t{0});
  std::vector<SeriesRef> refs(entries.size());
  RETURN_IF_ERROR(LookUp(labels, which, refs));
  absl::flat_hash_map<std::string_view, SeriesId> seen;
  for (size_t i = 0; i < entries.size(); ++i) {
    const auto [at, first] = seen.emplace(labels[i].encoded(), entries[i]->series);
    const SeriesId other = refs[i].series != 0 ? refs[i].series : at->second;
    if (other != entries[i]->series) {
      return DataLoss("{} is series {} in the log and {} in the registry", labels[i].ToString(),
                      entries[i]->series, other);
    }
  }
  return absl::OkStatus();
}

Status Registry::Impl::CheckMetric(const SeriesEntry& entry, Creation* creation) const {
  if (entry.metric == 0) return absl::OkStatus();
  const std::string_view name = entry.labels.Get(kMetricName);
  std::optional<MetricId> metric;
  if (const auto at = creation->metrics.find(name); at != creation->metrics.end()) {
    metric = at->second;
  } else {
    ASSIGN_OR_RETURN(metric, FindMetric(name));
  }
  if (metric.has_value() && *metric != entry.metric) {
    return DataLoss("metric {} is {} in the log and {} in the registry", name, entry.metric,
                    *metric);
  }
  if (!metric.has_value()) {
    std::string metric_row;
    PutBigEndian32(&metric_row, entry.metric);
    creation->batch.Put(Family::kMetrics, name, metric_row);
  }
  creation->metrics.emplace(name, entry.metric);
  return absl::OkStatus();
}

Status Registry::Insert(std::span<const SeriesEntry> entries) {
  const std::lock_guard lock(impl_->create_mutex);
  absl::flat_hash_map<SeriesId, const SeriesEntry*> seen;
  std::vector<const SeriesEntry*> fresh;
  SeriesId max_series = 0;
  MetricId max_metric = 0;
  for (const SeriesEntry& entry : entries) {
    RETURN_IF_ERROR(CheckMakesSense(entry));
    max_series = std::max(max_series, entry.series);
    max_metric = std::max(max_metric, entry.metric);
    const auto [at, first] = seen.emplace(entry.series, &entry);
    if (first) {
      fresh.push_back(&entry);
    } else if (at->second->labels != entry.labels || at->second->metric != entry.metric) {
      return DataLoss("the log introduces series {} as {} and as {}", entry.series,
                      at->second->labels.ToString(), entry.labels.ToString());
    }
  }
  RETURN_IF_ERROR(impl_->KeepNew(&fresh));
  RETURN_IF_ERROR(impl_->CheckNameless(fresh));
  Impl::Creation creation(impl_->kv);
  for (const SeriesEntry* entry : fresh) {
    RETURN_IF_ERROR(impl_->CheckMetric(*entry, &creation));
    impl_->Put(entry->series, entry->metric, entry->labels, &creation);
  }
  RETURN_IF_ERROR(impl_->series_ids.RaisePast(max_series));
  RETURN_IF_ERROR(impl_->metric_ids.RaisePast(max_metric));
  if (fresh.empty()) return absl::OkStatus();
  return impl_->Finish(&creation);
}

Status Registry::Insert(SeriesId series, MetricId metric, const LabelSet& labels) {
  const SeriesEntry entry{series, metric, labels};
  return Insert(std::span(&entry, 1));
}

StatusOr<LabelSet> Registry::Labels(SeriesId series) const {
  std::string row;
  const Status status = impl_->kv.Get(Family::kSeries, keys::Series(series), &row);
  if (!status.ok()) return WithContext(status, fmt::format("series {}", series));
  return DecodeSeriesLabels(series, row);
}

// Rows of sorted ids: in one walk where they lie close together, one by one otherwise.
Status Registry::Impl::VisitRows(
    std::span<const SeriesId> ids, const KvSnapshot* moment,
    const std::function<Status(size_t, std::string_view)>& found) const {
  if (ids.back() - ids.front() >= ids.size() * kNearIds) {
    std::vector<std::string> keys_of;
    keys_of.reserve(ids.size());
    for (SeriesId id : ids) keys_of.push_back(keys::Series(id));
    return kv.MultiGet(Family::kSeries, keys_of, found, moment);
  }
  KvCursor rows = kv.NewCursor(Family::kSeries, "", moment);
  rows.Seek(keys::Series(ids.front()));
  for (size_t i = 0; i < ids.size() && rows.valid();) {
    SeriesId id = 0;
    if (!keys::ParseSeries(rows.key(), &id)) {
      return DataLoss("a key of {} bytes in series is malformed", rows.key().size());
    }
    if (id == ids[i]) RETURN_IF_ERROR(found(i, rows.value()));
    if (id >= ids[i]) ++i;
    if (i == ids.size() || id < ids[i]) rows.Next();
  }
  return rows.status();
}

StatusOr<std::vector<LabelSet>> Registry::Labels(std::span<const SeriesId> series,
                                                 const std::atomic<bool>* cancelled,
                                                 const KvSnapshot* moment) const {
  std::vector<LabelSet> labels(series.size());
  std::vector<size_t> order(series.size());
  std::iota(order.begin(), order.end(), size_t{0});
  if (!std::is_sorted(series.begin(), series.end())) {
    std::sort(order.begin(), order.end(),
              [&](size_t a, size_t b) { return series[a] < series[b]; });
  }
  std::vector<SeriesId> ids;
  for (size_t at = 0; at < order.size(); at += kRowsAtOnce) {
    if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) {
      return absl::CancelledError("reading label sets was cancelled");
    }
    const size_t end = std::min(order.size(), at + kRowsAtOnce);
    ids.clear();
    for (size_t i = at; i < end; ++i) ids.push_back(series[order[i]]);
    const auto found = [&](size_t i, std::string_view row) -> Status {
      ASSIGN_OR_RETURN(labels[order[at + i]], DecodeSeriesLabels(ids[i], row));
      return absl::OkStatus();
    };
    RETURN_IF_ERROR(impl_->VisitRows(ids, moment, found));
  }
  return labels;
}

StatusOr<MetricId> Registry::Metric(SeriesId series) const {
  std::string row;
  const Status status = impl_->kv.Get(Family::kSeries, keys::Series(series), &row);
  if (!status.ok()) return WithContext(status, fmt::format("series {}", series));
  MetricId metric = 0;
  std::string_view labels;
  RETURN_IF_ERROR(SplitSeriesRow(series, row, &metric, &labels));
  return metric;
}

Status Registry::FindMetrics(std::span<const SeriesId> series,
                             std::span<std::optional<MetricId>> metrics,
                             const KvSnapshot* moment) const {
  SB_CHECK_EQ(series.size(), metrics.size());
  for (size_t at = 0; at < series.size(); at += kRowsAtOnce) {
    const auto ids = series.subspan(at, std::min(kRowsAtOnce, series.size() - at));
    const auto found = [&](size_t i, std::string_view row) -> Status {
      MetricId metric = 0;
      std::string_view labels;
      RETURN_IF_ERROR(SplitSeriesRow(ids[i], row, &metric, &labels));
      metrics[at + i] = metric;
      return absl::OkStatus();
    };
    RETURN_IF_ERROR(impl_->VisitRows(ids, moment, found));
  }
  return absl::OkStatus();
}

Status Registry::Metrics(std::span<const SeriesId> series, std::span<MetricId> metrics,
                         const KvSnapshot* moment) const {
  SB_CHECK_EQ(series.size(), metrics.size());
  if (!impl_->metric_column.loaded()) {
    const std::lock_guard lock(impl_->create_mutex);
    RETURN_IF_ERROR(impl_->metric_column.Load(impl_->kv));
  }
  impl_->metric_column.Get(series, metrics);
  if (moment == nullptr) return absl::OkStatus();
  std::vector<size_t> unsure;  // without a metric name, or gone from memory since the moment
  std::vector<SeriesId> ids;
  for (size_t i = 0; i < series.size(); ++i) {
    if (metrics[i] != 0) continue;
    unsure.push_back(i);
    ids.push_back(series[i]);
  }
  std::vector<std::optional<MetricId>> found(ids.size());
  RETURN_IF_ERROR(FindMetrics(ids, found, moment));
  for (size_t i = 0; i < ids.size(); ++i) metrics[unsure[i]] = found[i].value_or(0);
  return absl::OkStatus();
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
  RETURN_IF_ERROR(kv.Write(std::move(batch), Durability::kBuffered));
  metric_column.Erase(deleted);
  size.fetch_sub(deleted.size(), std::memory_order_relaxed);
  epoch.fetch_add(1, std::memory_order_release);
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

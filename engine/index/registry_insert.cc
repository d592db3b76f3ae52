// The registry's part that puts back series which the log introduces.
#include <absl/container/flat_hash_map.h>
#include <algorithm>
#include <numeric>

#include "engine/base/coding.h"
#include "engine/index/registry_impl.h"
#include "engine/index/series_row.h"

namespace silverback {
namespace {

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

Status Registry::Impl::KeepNew(std::vector<const SeriesEntry*>* entries) const {
  std::sort(entries->begin(), entries->end(),
            [](const SeriesEntry* a, const SeriesEntry* b) { return a->series < b->series; });
  std::vector<SeriesId> ids;
  ids.reserve(entries->size());
  for (const SeriesEntry* entry : *entries) ids.push_back(entry->series);
  if (ids.empty()) return absl::OkStatus();
  const auto check = [&](size_t i, std::string_view row) -> Status {
    const SeriesEntry& entry = *(*entries)[i];
    MetricId metric = 0;
    std::string_view labels;
    RETURN_IF_ERROR(SplitSeriesRow(entry.series, row, &metric, &labels));
    if (metric != entry.metric || labels != entry.labels.encoded()) {
      return DataLoss("series {} is {} in the log and another one in the registry", entry.series,
                      entry.labels.ToString());
    }
    (*entries)[i] = nullptr;
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(VisitRows(ids, nullptr, check));
  std::erase(*entries, nullptr);
  return absl::OkStatus();
}

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

}  // namespace silverback

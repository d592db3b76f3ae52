// The registry's part that answers from the rows of series.
#include <algorithm>
#include <numeric>

#include "engine/base/check.h"
#include "engine/index/registry_impl.h"
#include "engine/index/series_row.h"

namespace silverback {
namespace {

constexpr size_t kRowsAtOnce = 1024;
// Up to this many ids apart on average, walking over rows is cheaper than looking each one up.
constexpr size_t kNearIds = 4;

}  // namespace

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

}  // namespace silverback

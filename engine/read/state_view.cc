#include "engine/read/state_view.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/base/hash.h"
#include "engine/read/cache_policy.h"
#include "engine/read/series_cursor.h"

namespace silverback {
namespace {

/// Series with deletions that a look-up reads to see whether anything is left of them; more count as active.
constexpr uint64_t kProbedMax = 1000;

/// A read whose blocks would take more than one part in so many of the recent blocks leaves these to smaller ones.
constexpr uint64_t kRecentShare = 4;

}  // namespace

StateView::StateView(std::shared_ptr<Substrate> substrate, EngineStateRef state,
                     TimestampMs cutoff_ms)
    : substrate_(std::move(substrate)),
      state_(std::move(state)),
      version_(substrate_->registry->version()),
      moment_(substrate_->store->kv().NewSnapshot()),
      cutoff_ms_(cutoff_ms) {
  if (version_ != substrate_->registry->version()) version_.reset();
}

TimeRange StateView::Clip(TimeRange range) const {
  return {std::max(range.min_ms, cutoff_ms_), range.max_ms};
}

SeriesBitmap StateView::HeadSeries(TimeRange range) const {
  SeriesBitmap ids;
  for (const auto& generation : state_->generations) {
    if (generation->time_range().Overlaps(range)) ids |= generation->SeriesIds();
  }
  return ids;
}

StatusOr<std::vector<SeriesHandle>> StateView::HandlesOf(const SeriesBitmap& ids) const {
  std::vector<SeriesId> series(ids.cardinality());
  ids.toUint32Array(series.data());
  std::vector<MetricId> metrics(series.size());
  RETURN_IF_ERROR(substrate_->registry->Metrics(series, metrics, moment_.get()));
  std::vector<SeriesHandle> handles(series.size());
  for (size_t i = 0; i < series.size(); ++i) handles[i] = {metrics[i], series[i]};
  std::sort(handles.begin(), handles.end());
  return handles;
}

bool StateView::IsCovered(SeriesId series, TimeRange range) const {
  for (const PartRef& part : state_->parts) {
    const TimeRange inside{std::max(range.min_ms, part->time.min_ms),
                           std::min(range.max_ms, part->time.max_ms)};
    if (inside.empty()) continue;
    const std::vector<TimeRange> deleted = state_->tombstones->In(part->id, series);
    const bool covered =
        std::any_of(deleted.begin(), deleted.end(), [&inside](const TimeRange& one) {
          return one.min_ms <= inside.min_ms && inside.max_ms <= one.max_ms;
        });
    if (!covered) return false;
  }
  return true;
}

StatusOr<SeriesBitmap> StateView::Hidden(TimeRange range, const SeriesBitmap& head) const {
  if (state_->tombstones->empty()) return SeriesBitmap();
  const std::lock_guard lock(hidden_mutex_);
  if (!hidden_.has_value() || hidden_->first != range) {
    ASSIGN_OR_RETURN(SeriesBitmap found, FindHidden(range, head));
    hidden_.emplace(range, std::move(found));
  }
  return hidden_->second;
}

StatusOr<SeriesBitmap> StateView::FindHidden(TimeRange range, const SeriesBitmap& head) const {
  SeriesBitmap hidden;
  SeriesBitmap unsure;
  for (const SeriesId series : state_->tombstones->series()) {
    if (head.contains(series)) continue;
    if (IsCovered(series, range)) {
      hidden.add(series);
    } else if (unsure.cardinality() < kProbedMax) {
      unsure.add(series);
    }
  }
  if (unsure.isEmpty()) return hidden;
  ASSIGN_OR_RETURN(const std::vector<SeriesHandle> handles, HandlesOf(unsure));
  ASSIGN_OR_RETURN(const std::unique_ptr<SeriesCursor> cursor, Read(handles, range));
  SeriesRuns runs;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, cursor->Next(&runs));
    if (!more) return hidden;
    if (runs.runs.empty()) hidden.add(runs.series);
  }
}

SelectionScope StateView::ScopeOf(TimeRange range, const SeriesBitmap& head,
                                  const SeriesBitmap& hidden,
                                  const std::atomic<bool>* cancelled) const {
  return {.range = range,
          .head = &head,
          .moment = moment_.get(),
          .version = version_,
          .excluded = &hidden,
          .cancelled = cancelled};
}

VisitLabels StateView::LabelsVisitor(const std::atomic<bool>* cancelled) const {
  return [this, cancelled](std::span<const SeriesId> series,
                           const std::function<void(const LabelSet&)>& visit) {
    return substrate_->labels.Visit(series, cancelled, moment_.get(), visit);
  };
}

StatusOr<std::vector<SeriesHandle>> StateView::Select(std::span<const Matcher> matchers,
                                                      TimeRange range,
                                                      const std::atomic<bool>* cancelled) const {
  range = Clip(range);
  if (range.empty()) return std::vector<SeriesHandle>();
  const SeriesBitmap head = HeadSeries(range);
  ASSIGN_OR_RETURN(const SeriesBitmap hidden, Hidden(range, head));
  return substrate_->selector->Select(matchers, ScopeOf(range, head, hidden, cancelled));
}

StatusOr<std::vector<LabelSet>> StateView::LabelsOf(std::span<const SeriesHandle> series) const {
  std::vector<SeriesId> ids;
  ids.reserve(series.size());
  for (const SeriesHandle& handle : series) ids.push_back(handle.series);
  return substrate_->labels.Get(ids, /*cancelled=*/nullptr, moment_.get());
}

StatusOr<std::unique_ptr<SeriesCursor>> StateView::Read(std::span<const SeriesHandle> series,
                                                        TimeRange range,
                                                        const ReadOptions& options) const {
  return std::make_unique<MergingCursor>(substrate_, state_, series, Clip(range), options);
}

CacheUse StateView::CacheFor(std::span<const SeriesHandle> series, TimeRange range) const {
  if (series.empty()) return CacheUse::kStore;
  range = Clip(range);
  if (EstimateOpenedBytes(state_->parts, series.size(), range) <=
      substrate_->recent_blocks.bytes_max() / kRecentShare) {
    return CacheUse::kRecent;
  }
  // The same dashboard an interval later asks for as long a range of the same series.
  const std::array<uint64_t, 4> identity = {
      series.size(), series.front().series, series.back().series,
      static_cast<uint64_t>(range.max_ms) - static_cast<uint64_t>(range.min_ms)};
  const bool fills = substrate_->cache_policy.Fills(
      EstimateBytes(state_->parts, series.size(), range),
      Hash64({reinterpret_cast<const char*>(identity.data()), sizeof(identity)}));
  return fills ? CacheUse::kStore : CacheUse::kNone;
}

StatusOr<std::vector<std::string>> StateView::LabelNames(std::span<const Matcher> matchers,
                                                         TimeRange range, size_t limit,
                                                         const std::atomic<bool>* cancelled) const {
  range = Clip(range);
  if (range.empty()) return std::vector<std::string>();
  const SeriesBitmap head = HeadSeries(range);
  ASSIGN_OR_RETURN(const SeriesBitmap hidden, Hidden(range, head));
  const VisitLabels labels = LabelsVisitor(cancelled);
  SelectionScope scope = ScopeOf(range, head, hidden, cancelled);
  scope.labels = &labels;
  ASSIGN_OR_RETURN(LabelList list, substrate_->selector->LabelNames(matchers, scope, limit));
  return std::move(list.values);
}

StatusOr<std::vector<std::string>> StateView::LabelValues(
    std::string_view name, std::span<const Matcher> matchers, TimeRange range, size_t limit,
    const std::atomic<bool>* cancelled) const {
  range = Clip(range);
  if (range.empty()) return std::vector<std::string>();
  const SeriesBitmap head = HeadSeries(range);
  ASSIGN_OR_RETURN(const SeriesBitmap hidden, Hidden(range, head));
  const VisitLabels labels = LabelsVisitor(cancelled);
  SelectionScope scope = ScopeOf(range, head, hidden, cancelled);
  scope.labels = &labels;
  ASSIGN_OR_RETURN(LabelList list, substrate_->selector->LabelValues(name, matchers, scope, limit));
  return std::move(list.values);
}

TimeRange StateView::Bounds() const {
  return Clip(state_->Bounds());
}

}  // namespace silverback

#include "engine/read/state_view.h"

#include <algorithm>
#include <utility>

#include "engine/read/series_cursor.h"

namespace silverback {

StateView::StateView(std::shared_ptr<Substrate> substrate, EngineStateRef state,
                     TimestampMs cutoff_ms)
    : substrate_(std::move(substrate)), state_(std::move(state)), cutoff_ms_(cutoff_ms) {}

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

StatusOr<std::vector<SeriesHandle>> StateView::Select(std::span<const Matcher> matchers,
                                                      TimeRange range,
                                                      const std::atomic<bool>* cancelled) const {
  range = Clip(range);
  if (range.empty()) return std::vector<SeriesHandle>();
  const SeriesBitmap head = HeadSeries(range);
  return substrate_->selector->Select(matchers,
                                      {.range = range, .head = &head, .cancelled = cancelled});
}

StatusOr<std::vector<LabelSet>> StateView::LabelsOf(std::span<const SeriesHandle> series) const {
  std::vector<SeriesId> ids;
  ids.reserve(series.size());
  for (const SeriesHandle& handle : series) ids.push_back(handle.series);
  return substrate_->registry->Labels(ids);
}

StatusOr<std::unique_ptr<SeriesCursor>> StateView::Read(std::span<const SeriesHandle> series,
                                                        TimeRange range) const {
  return std::make_unique<MergingCursor>(substrate_, state_, series, Clip(range));
}

StatusOr<std::vector<std::string>> StateView::LabelNames(std::span<const Matcher> matchers,
                                                         TimeRange range, size_t limit,
                                                         const std::atomic<bool>* cancelled) const {
  range = Clip(range);
  if (range.empty()) return std::vector<std::string>();
  const SeriesBitmap head = HeadSeries(range);
  ASSIGN_OR_RETURN(LabelList list,
                   substrate_->selector->LabelNames(
                       matchers, {.range = range, .head = &head, .cancelled = cancelled}, limit));
  return std::move(list.values);
}

StatusOr<std::vector<std::string>> StateView::LabelValues(
    std::string_view name, std::span<const Matcher> matchers, TimeRange range, size_t limit,
    const std::atomic<bool>* cancelled) const {
  range = Clip(range);
  if (range.empty()) return std::vector<std::string>();
  const SeriesBitmap head = HeadSeries(range);
  ASSIGN_OR_RETURN(
      LabelList list,
      substrate_->selector->LabelValues(
          name, matchers, {.range = range, .head = &head, .cancelled = cancelled}, limit));
  return std::move(list.values);
}

TimeRange StateView::Bounds() const {
  return Clip(state_->Bounds());
}

}  // namespace silverback

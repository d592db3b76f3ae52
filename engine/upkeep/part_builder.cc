#include "engine/upkeep/part_builder.h"

#include <string>

#include "engine/block/timeline.h"

namespace silverback {

StatusOr<TimelineRef> PartBuilder::FindOrAddTimeline(std::span<const TimestampMs> times) {
  const Hash128Value hash = HashTimeline(times);
  if (const auto it = timelines_.find(hash); it != timelines_.end()) {
    return TimelineRef{.ordinal = it->second, .offset = 0};
  }
  ASSIGN_OR_RETURN(const uint32_t ordinal, writer_->AddTimeline(EncodeTimeline(times)));
  timelines_.emplace(hash, ordinal);
  return TimelineRef{.ordinal = ordinal, .offset = 0};
}

Status PartBuilder::AddBlock(SelectedSeries series, std::span<const TimestampMs> times,
                             std::span<const double> values, const StartsView& starts) {
  ASSIGN_OR_RETURN(const TimelineRef timeline, FindOrAddTimeline(times));
  return writer_->AddBlock(
      {.metric = series.metric, .series = series.series, .first_ms = times.front()}, times.back(),
      times.size(), BuildBlock(times, values, timeline, starts));
}

Status PartBuilder::AddBlock(SelectedSeries series, std::span<const TimestampMs> times,
                             std::span<const NativeHistogram> histograms,
                             const StartsView& starts) {
  ASSIGN_OR_RETURN(const TimelineRef timeline, FindOrAddTimeline(times));
  return writer_->AddBlock(
      {.metric = series.metric, .series = series.series, .first_ms = times.front()}, times.back(),
      times.size(), BuildHistogramBlock(times, histograms, timeline, starts));
}

Status PartBuilder::AddCopy(SelectedSeries series, std::string_view block,
                            std::span<const TimestampMs> times) {
  ASSIGN_OR_RETURN(const TimelineRef timeline, FindOrAddTimeline(times));
  ASSIGN_OR_RETURN(const std::string bytes, RebindBlock(block, timeline));
  return writer_->AddBlock(
      {.metric = series.metric, .series = series.series, .first_ms = times.front()}, times.back(),
      times.size(), bytes);
}

}  // namespace silverback

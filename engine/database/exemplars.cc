#include "engine/database/exemplars.h"

#include <algorithm>
#include <utility>

#include "engine/database/exemplar_payload.h"
#include "engine/store/series_bitmap.h"

namespace silverback {
namespace {

StatusOr<Exemplar> DecodeExemplar(SeriesId series, TimestampMs t, std::string_view payload) {
  StatusOr<ExemplarPayload> decoded = DecodeExemplarPayload(payload);
  if (!decoded.ok()) {
    return WithContext(decoded.status(), fmt::format("exemplar of series {} at {}", series, t));
  }
  return Exemplar{.labels = std::move(decoded->labels), .value = decoded->value, .timestamp_ms = t};
}

/// Of equal times by value, then labels, as upstream orders them.
bool Before(const Exemplar& a, const Exemplar& b) {
  if (a.timestamp_ms != b.timestamp_ms) return a.timestamp_ms < b.timestamp_ms;
  if (a.value != b.value) return a.value < b.value;
  return a.labels < b.labels;
}

}  // namespace

bool Exemplars::TrimIsDue(SeriesId series, size_t added) {
  const uint64_t cap = options_->max_exemplars_per_series;
  if (cap == 0) return false;
  const std::lock_guard lock(mutex_);
  uint32_t& puts = puts_[series];
  puts += static_cast<uint32_t>(added);
  if (puts <= cap / 8) return false;
  puts = 0;
  return true;
}

Status Exemplars::Put(std::string_view wire_key, std::span<const Exemplar> exemplars) {
  const auto entered = engine_->gate.Enter();  // the series stays while its rows are written
  const auto binding = engine_->wire_keys->Find(engine_->wire_keys->HashOf(wire_key));
  if (!binding.has_value()) {
    return Error(absl::StatusCode::kNotFound, "exemplars of a series that has no samples here");
  }
  std::vector<ExemplarRow> rows;
  for (const Exemplar& exemplar : exemplars) {
    rows.push_back({.series = binding->series,
                    .timestamp_ms = exemplar.timestamp_ms,
                    .payload = EncodeExemplarPayload(exemplar.labels, exemplar.value)});
  }
  Store* const store = engine_->substrate->store.get();
  RETURN_IF_ERROR(store->PutExemplars(rows));
  if (!TrimIsDue(binding->series, rows.size())) return absl::OkStatus();
  return store->TrimExemplars(binding->series, options_->max_exemplars_per_series);
}

TimestampMs Exemplars::Cutoff() const {
  return engine_->ExemplarCutoff(engine_->RetentionCutoff(*engine_->state.Get()));
}

StatusOr<std::vector<SeriesExemplars>> Exemplars::Find(
    std::span<const std::vector<Matcher>> matcher_sets, TimeRange range, size_t max_exemplars,
    const std::atomic<bool>* cancelled) const {
  // An exemplar's time need not be near a sample's: days of activity do not narrow the selection.
  SeriesBitmap head;
  for (const auto& generation : engine_->state.Get()->generations) head |= generation->SeriesIds();
  SeriesBitmap selected;
  for (const std::vector<Matcher>& matchers : matcher_sets) {
    ASSIGN_OR_RETURN(const SeriesBitmap found,
                     engine_->substrate->selector->SelectBitmap(
                         matchers, {.range = {}, .head = &head, .cancelled = cancelled}));
    selected |= found;
  }
  range.min_ms = std::max(range.min_ms, Cutoff());
  std::vector<SeriesId> ids;
  std::vector<SeriesExemplars> all;
  size_t count = 0;
  for (const SeriesId series : selected) {
    if (cancelled != nullptr && cancelled->load()) {
      return Error(absl::StatusCode::kCancelled, "the search for exemplars was canceled");
    }
    SeriesExemplars one;
    Status broken;
    RETURN_IF_ERROR(engine_->substrate->store->ScanExemplars(
        series, range, [&](TimestampMs t, std::string_view payload) {
          auto exemplar = DecodeExemplar(series, t, payload);
          if (!exemplar.ok()) {
            broken = exemplar.status();
          } else if (++count > max_exemplars) {
            broken = Error(absl::StatusCode::kResourceExhausted,
                           "query processing would load too many samples into memory in query "
                           "execution: more than {} exemplars (--query.max-samples)",
                           max_exemplars);
          } else {
            one.exemplars.push_back(*std::move(exemplar));
          }
          return broken.ok();
        }));
    RETURN_IF_ERROR(broken);
    if (one.exemplars.empty()) continue;
    std::sort(one.exemplars.begin(), one.exemplars.end(), Before);
    ids.push_back(series);
    all.push_back(std::move(one));
  }
  ASSIGN_OR_RETURN(std::vector<LabelSet> labels, engine_->substrate->registry->Labels(ids));
  for (size_t i = 0; i < all.size(); ++i) all[i].labels = std::move(labels[i]);
  // A series may have left since it was selected.
  std::erase_if(all, [](const SeriesExemplars& one) { return one.labels.empty(); });
  std::sort(all.begin(), all.end(),
            [](const SeriesExemplars& a, const SeriesExemplars& b) { return a.labels < b.labels; });
  return all;
}

}  // namespace silverback

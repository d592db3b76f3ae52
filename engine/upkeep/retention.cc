#include "engine/upkeep/retention.h"

#include <algorithm>
#include <unordered_set>
#include <utility>
#include <vector>

#include "engine/store/id_set.h"
#include "engine/store/keys.h"

namespace silverback {
namespace {

/// Series removed with the gate closed once: commits wait for that long.
constexpr size_t kSeriesAtOnce = 1024;

SeriesBitmap HeadSeries(const EngineState& state) {
  SeriesBitmap ids;
  for (const auto& generation : state.generations) ids |= generation->SeriesIds();
  return ids;
}

}  // namespace

Status Retention::DropExpired() {
  const EngineStateRef state = engine_->state.Get();
  const TimestampMs cutoff_ms = engine_->RetentionCutoff(*state);
  if (cutoff_ms == kMinTimestampMs) return absl::OkStatus();
  RETURN_IF_ERROR(DropParts(*state, cutoff_ms));
  if (DayOf(cutoff_ms) <= swept_) return absl::OkStatus();
  RETURN_IF_ERROR(
      engine_->substrate->store->DropBefore(cutoff_ms, engine_->ExemplarCutoff(cutoff_ms)));
  ASSIGN_OR_RETURN(const bool complete, DropSeries(engine_->state.Get(), cutoff_ms));
  if (complete) swept_ = DayOf(cutoff_ms);
  return absl::OkStatus();
}

Status Retention::DropParts(const EngineState& state, TimestampMs cutoff_ms) {
  CatalogEdit edit;
  for (const PartRef& part : state.parts) {
    if (part->time.max_ms < cutoff_ms) edit.dead.push_back(part->id);
  }
  if (edit.dead.empty()) return absl::OkStatus();
  const std::vector<PartId> removed = edit.dead;
  engine_->Step("retention: started");
  RETURN_IF_ERROR(engine_->substrate->store->Commit(std::move(edit)));
  engine_->PublishParts({}, removed, nullptr);
  engine_->counters.retention_drops += removed.size();
  engine_->Step("retention: parts dropped");
  return absl::OkStatus();
}

StatusOr<bool> Retention::DropSeries(const EngineStateRef& state, TimestampMs cutoff_ms) {
  const SeriesBitmap head = HeadSeries(*state);
  ASSIGN_OR_RETURN(SeriesBitmap unused, AllSeries());
  ASSIGN_OR_RETURN(const SeriesBitmap active, ActiveSince(DayOf(cutoff_ms)));
  unused -= active;
  unused -= head;
  std::vector<SeriesId> ids(unused.cardinality());
  unused.toUint32Array(ids.data());
  return Forget(state, ids);
}

StatusOr<bool> Retention::Forget(const EngineStateRef& state, std::span<const SeriesId> ids) {
  for (size_t begin = 0; begin < ids.size(); begin += kSeriesAtOnce) {
    const auto closed = engine_->gate.Close();
    const EngineStateRef now = engine_->state.Get();
    // Samples that came after `state` are in the head, unless a seal took them out.
    if (now->generations.front() != state->generations.front()) return false;
    std::unordered_set<SeriesId> gone;
    for (size_t i = begin; i < std::min(ids.size(), begin + kSeriesAtOnce); ++i) {
      const bool in_head =
          std::any_of(now->generations.begin(), now->generations.end(),
                      [&](const auto& generation) { return generation->Contains(ids[i]); });
      if (!in_head) gone.insert(ids[i]);
    }
    engine_->wire_keys->Forget(gone);
    engine_->gate.CountRemoval();
    RETURN_IF_ERROR(
        engine_->substrate->registry->Delete(std::vector<SeriesId>(gone.begin(), gone.end())));
  }
  return true;
}

StatusOr<SeriesBitmap> Retention::AllSeries() const {
  SeriesBitmap all;
  KvCursor cursor = engine_->substrate->store->kv().NewCursor(Family::kSeries, "");
  for (cursor.SeekToFirst(); cursor.valid(); cursor.Next()) {
    SeriesId series = 0;
    if (keys::ParseSeries(cursor.key(), &series)) all.add(series);
  }
  RETURN_IF_ERROR(cursor.status());
  return all;
}

StatusOr<SeriesBitmap> Retention::ActiveSince(Day day) const {
  SeriesBitmap active;
  KvCursor cursor = engine_->substrate->store->kv().NewCursor(Family::kActivity, "");
  for (cursor.Seek(keys::ActivityPrefix(day)); cursor.valid(); cursor.Next()) {
    Day of_row = 0;
    uint16_t high = 0;
    if (!keys::ParseActivity(cursor.key(), &of_row, &high) ||
        !AddToBitmap(cursor.value(), high, &active)) {
      return DataLoss("a row of activity is malformed; no series is dropped");
    }
  }
  RETURN_IF_ERROR(cursor.status());
  return active;
}

}  // namespace silverback

#include "engine/upkeep/series_sweep.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "engine/store/id_set.h"
#include "engine/store/keys.h"

namespace silverback {
namespace {

/// Series removed with the gate closed once: commits wait for that long.
constexpr size_t kSeriesAtOnce = 1024;
constexpr Day kLastDay = std::numeric_limits<Day>::max();

SeriesBitmap HeadSeries(const EngineState& state) {
  SeriesBitmap ids;
  for (const auto& generation : state.generations) ids |= generation->SeriesIds();
  return ids;
}

std::vector<SeriesId> IdsOf(const SeriesBitmap& series) {
  std::vector<SeriesId> ids(series.cardinality());
  series.toUint32Array(ids.data());
  return ids;
}

/// In the order of blocks in parts.
StatusOr<std::vector<SelectedSeries>> InStorageOrder(const Registry& registry,
                                                     const SeriesBitmap& series) {
  const std::vector<SeriesId> ids = IdsOf(series);
  std::vector<MetricId> metrics(ids.size());
  RETURN_IF_ERROR(registry.Metrics(ids, metrics));
  std::vector<SelectedSeries> ordered(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) ordered[i] = {metrics[i], ids[i]};
  std::sort(ordered.begin(), ordered.end());
  return ordered;
}

}  // namespace

Status SeriesSweep::Run(TimestampMs cutoff_ms) {
  const Day day = DayOf(cutoff_ms);
  if (day > swept_) {
    ASSIGN_OR_RETURN(const bool complete, SweepDay(day));
    if (!complete) return absl::OkStatus();
    swept_ = day;
  }
  if (!parts_gone_ || engine_->retention_ms >= kWithinDayBelowMs) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool complete, SweepWithinDay(day));
  if (complete) parts_gone_ = false;
  return absl::OkStatus();
}

StatusOr<bool> SeriesSweep::SweepDay(Day day) {
  // Before anything is read: what comes in later shows in the head, or as a seal.
  const EngineStateRef state = engine_->state.Get();
  ASSIGN_OR_RETURN(SeriesBitmap unused, engine_->substrate->registry->AllSeries());
  ASSIGN_OR_RETURN(const SeriesBitmap active, ActiveOn(day, kLastDay));
  unused -= active;
  unused -= HeadSeries(*state);
  ASSIGN_OR_RETURN(const Forgotten forgotten, Forget(state, unused));
  return forgotten.complete;
}

StatusOr<bool> SeriesSweep::SweepWithinDay(Day day) {
  const EngineStateRef state = engine_->state.Get();
  ASSIGN_OR_RETURN(SeriesBitmap unused, ActiveOn(day, day));
  ASSIGN_OR_RETURN(const SeriesBitmap later, ActiveOn(day + 1, kLastDay));
  unused -= later;
  unused -= HeadSeries(*state);
  // The youngest first: it has most of the series that are still written to.
  for (auto part = state->parts.rbegin(); part != state->parts.rend(); ++part) {
    if (unused.isEmpty()) break;
    // No sample of these series is younger than the day.
    if (DayOf((*part)->time.min_ms) <= day) RETURN_IF_ERROR(TakeOutSeriesOf(**part, &unused));
  }
  engine_->Step("sweep: found");
  ASSIGN_OR_RETURN(const Forgotten forgotten, Forget(state, unused));
  // After the series: a crash in between leaves ids that nobody has, and the next sweep finds them again.
  RETURN_IF_ERROR(engine_->substrate->store->RemoveActivity(day, forgotten.series));
  engine_->Step("sweep: done");
  return forgotten.complete;
}

StatusOr<SeriesSweep::Forgotten> SeriesSweep::Forget(const EngineStateRef& state,
                                                     const SeriesBitmap& series) {
  Forgotten forgotten;
  const std::vector<SeriesId> ids = IdsOf(series);
  if (!ids.empty()) {
    // All keys at once, since each time costs a look at every key that is held. From here on a commit that has one of these series
    // asks the registry for it, and has it in the head when it leaves the gate; so none is bound again and removed afterwards.
    const auto closed = engine_->gate.Close();
    engine_->wire_keys->Forget(series);
    engine_->gate.CountRemoval();
  }
  for (size_t begin = 0; begin < ids.size(); begin += kSeriesAtOnce) {
    const size_t count = std::min(kSeriesAtOnce, ids.size() - begin);
    ASSIGN_OR_RETURN(const bool done,
                     ForgetSome(*state, std::span(ids).subspan(begin, count), &forgotten.series));
    if (!done) return forgotten;
    engine_->Step("sweep: some forgotten");
  }
  forgotten.complete = true;
  return forgotten;
}

StatusOr<bool> SeriesSweep::ForgetSome(const EngineState& state, std::span<const SeriesId> ids,
                                       SeriesBitmap* forgotten) {
  const auto closed = engine_->gate.Close();
  const EngineStateRef now = engine_->state.Get();
  // Samples that came after `state` are in the head, unless a seal took them out.
  if (now->generations.front() != state.generations.front()) return false;
  std::vector<SeriesId> gone;
  for (const SeriesId id : ids) {
    if (!now->HeadHas(id)) gone.push_back(id);
  }
  RETURN_IF_ERROR(engine_->substrate->registry->Delete(gone));
  forgotten->addMany(gone.size(), gone.data());
  return true;
}

StatusOr<SeriesBitmap> SeriesSweep::ActiveOn(Day first, Day last) const {
  SeriesBitmap active;
  KvCursor cursor = engine_->substrate->store->kv().NewCursor(Family::kActivity, "");
  for (cursor.Seek(keys::ActivityPrefix(first)); cursor.valid(); cursor.Next()) {
    Day day = 0;
    uint16_t high = 0;
    const bool parsed = keys::ParseActivity(cursor.key(), &day, &high);
    if (parsed && day > last) break;
    if (!parsed || !AddToBitmap(cursor.value(), high, &active)) {
      return DataLoss("a row of activity is malformed; no series is dropped");
    }
  }
  RETURN_IF_ERROR(cursor.status());
  return active;
}

// Part and series are walked together, each jumping ahead to where the other stands.
Status SeriesSweep::TakeOutSeriesOf(const PartMeta& part, SeriesBitmap* series) const {
  const Substrate& substrate = *engine_->substrate;
  ASSIGN_OR_RETURN(const std::vector<SelectedSeries> wanted,
                   InStorageOrder(*substrate.registry, *series));
  StatusOr<std::unique_ptr<BlockCursor>> cursor =
      substrate.store->NewCursor(part.id, {.fill_cache = false});
  Status read = cursor.status();
  for (auto next = wanted.begin(); read.ok() && next != wanted.end();) {
    BlockCursor& blocks = **cursor;
    blocks.SeekSeries(next->metric, next->series);
    read = blocks.status();
    if (!blocks.valid()) break;
    const SelectedSeries found{blocks.key().metric, blocks.key().series};
    if (found == *next) series->remove(found.series);
    next = std::lower_bound(next + (found == *next ? 1 : 0), wanted.end(), found);
  }
  // Damage may hide any of them; other errors are not of the part.
  if (read.code() != absl::StatusCode::kDataLoss) return read;
  *series = SeriesBitmap();
  return absl::OkStatus();
}

}  // namespace silverback

// Deletions of samples: the part of the merger that writes, applies and forgets tombstones.
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "engine/read/state_view.h"
#include "engine/upkeep/merger.h"
#include "engine/upkeep/tombstone_rows.h"

namespace silverback {
namespace {

PartId LimitOf(const EngineState& state) {
  PartId limit = 0;
  for (const PartRef& part : state.parts) limit = std::max(limit, part->id + 1);
  return limit;
}

bool TouchesAny(const Tombstone& row, const EngineState& state) {
  return std::any_of(state.parts.begin(), state.parts.end(),
                     [&row](const PartRef& part) { return row.Touches(*part); });
}

/// The series that have no visible sample in parts or head.
StatusOr<SeriesBitmap> WithoutSamples(const StateView& view, const SeriesBitmap& ids) {
  ASSIGN_OR_RETURN(const std::vector<SeriesHandle> series, view.HandlesOf(ids));
  ASSIGN_OR_RETURN(std::unique_ptr<SeriesCursor> cursor, view.Read(series, TimeRange{}));
  SeriesBitmap empty;
  SeriesRuns runs;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, cursor->Next(&runs));
    if (!more) break;
    if (runs.runs.empty()) empty.add(runs.series);
  }
  // What cannot be read may still be found by a repair.
  if (!cursor->losses().empty()) return SeriesBitmap();
  return empty;
}

}  // namespace

Status Merger::Delete(std::span<const std::vector<Matcher>> matcher_sets, TimeRange range) {
  const EngineStateRef state = engine_->state.Get();
  const PartId limit = LimitOf(*state);
  const TimeRange bounds = state->Bounds();
  range = {std::max(range.min_ms, bounds.min_ms), std::min(range.max_ms, bounds.max_ms)};
  if (limit == 0 || range.empty()) return absl::OkStatus();
  const StateView view(engine_->substrate, state, kMinTimestampMs);
  SeriesBitmap deleted;
  for (const std::vector<Matcher>& matchers : matcher_sets) {
    ASSIGN_OR_RETURN(const std::vector<SeriesHandle> found, view.Select(matchers, range, nullptr));
    for (const SeriesHandle& handle : found) deleted.add(handle.series);
  }
  if (deleted.isEmpty()) return absl::OkStatus();
  std::vector<Tombstone> added;
  for (const SeriesId series : deleted) added.push_back({series, range, limit});
  // First, so that none of these samples is taken for there when it is written again; to take one for new that is there does no harm.
  for (const auto& generation : state->generations) generation->ForgetTails(deleted);
  engine_->Step("delete: started");
  RETURN_IF_ERROR(WriteTombstones(&engine_->substrate->store->kv(), added));
  engine_->Step("delete: written");
  const auto old = state->tombstones->rows();
  added.insert(added.end(), old.begin(), old.end());
  const auto next = std::make_shared<const Tombstones>(std::move(added));
  engine_->Publish([&next](EngineState* changed) { changed->tombstones = next; });
  return absl::OkStatus();
}

Status Merger::CleanTombstones(const ProgressFunction& progress) {
  const std::lock_guard lock(mutex_);
  const EngineStateRef before = engine_->state.Get();
  std::vector<PartRef> touched;
  for (const PartRef& part : before->parts) {
    const auto rows = before->tombstones->rows();
    if (std::any_of(rows.begin(), rows.end(),
                    [&part](const Tombstone& row) { return row.Touches(*part); })) {
      touched.push_back(part);
    }
  }
  for (size_t done = 0; done < touched.size(); ++done) {
    if (progress) progress("rewrite", done, touched.size());
    RETURN_IF_ERROR(Run({.inputs = {touched[done]}, .kind = touched[done]->kind},
                        engine_->RetentionCutoff(*before), /*bytes_per_second=*/0));
  }
  return SweepTombstones();
}

Status Merger::SweepTombstones() {
  const EngineStateRef state = engine_->state.Get();
  std::vector<Tombstone> obsolete;
  std::vector<Tombstone> kept;
  for (const Tombstone& row : state->tombstones->rows()) {
    (TouchesAny(row, *state) ? kept : obsolete).push_back(row);
  }
  if (obsolete.empty()) return absl::OkStatus();
  const auto next = std::make_shared<const Tombstones>(std::move(kept));
  SeriesBitmap candidates = Tombstones(obsolete).series();
  candidates -= next->series();
  const StateView view(engine_->substrate, state, kMinTimestampMs);
  ASSIGN_OR_RETURN(const SeriesBitmap empty, WithoutSamples(view, candidates));
  ASSIGN_OR_RETURN(const SeriesSweep::Forgotten forgotten, sweep_.Forget(state, empty));
  if (!forgotten.complete)
    return absl::OkStatus();  // a seal came in between: the next sweep does it
  RETURN_IF_ERROR(RemoveTombstones(&engine_->substrate->store->kv(), obsolete));
  engine_->Publish([&next](EngineState* changed) { changed->tombstones = next; });
  return absl::OkStatus();
}

}  // namespace silverback

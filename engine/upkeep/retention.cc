#include "engine/upkeep/retention.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/store/calendar.h"

namespace silverback {

Status Retention::DropExpired() {
  const EngineStateRef state = engine_->state.Get();
  const TimestampMs cutoff_ms = engine_->RetentionCutoff(*state);
  if (cutoff_ms == kMinTimestampMs) return absl::OkStatus();
  RETURN_IF_ERROR(DropParts(*state, cutoff_ms));
  RETURN_IF_ERROR(DropRows(cutoff_ms));
  return sweep_->Run(cutoff_ms);
}

Status Retention::DropRows(TimestampMs cutoff_ms) {
  if (cutoff_ms < next_rows_ms_) return absl::OkStatus();
  const TimestampMs exemplar_cutoff_ms = engine_->ExemplarCutoff(cutoff_ms);
  RETURN_IF_ERROR(engine_->substrate->store->DropBefore(cutoff_ms, exemplar_cutoff_ms));
  const int64_t kept_ms = engine_->retention_ms - (exemplar_cutoff_ms - cutoff_ms);
  next_rows_ms_ = cutoff_ms + std::min<int64_t>(kDayMs, kept_ms / 10);
  return absl::OkStatus();
}

Status Retention::DropParts(const EngineState& state, TimestampMs cutoff_ms) {
  CatalogEdit edit;
  TimestampMs first_ms = kMaxTimestampMs;
  for (const PartRef& part : state.parts) {
    if (part->time.max_ms >= cutoff_ms) continue;
    edit.dead.push_back(part->id);
    first_ms = std::min(first_ms, part->time.min_ms);
  }
  if (edit.dead.empty()) return absl::OkStatus();
  const std::vector<PartId> removed = edit.dead;
  engine_->Step("retention: started");
  RETURN_IF_ERROR(engine_->substrate->store->Commit(std::move(edit)));
  engine_->PublishParts({}, removed, nullptr);
  sweep_->PartsGone(first_ms, cutoff_ms);
  engine_->counters.retention_drops += removed.size();
  engine_->Step("retention: parts dropped");
  return absl::OkStatus();
}

}  // namespace silverback

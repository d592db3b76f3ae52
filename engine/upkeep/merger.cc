#include "engine/upkeep/merger.h"

#include <algorithm>
#include <chrono>
#include <spdlog/spdlog.h>
#include <utility>
#include <vector>

#include "engine/upkeep/merge.h"

namespace silverback {

MergePolicy Merger::PolicyOf(const EngineState& state, bool final_shape) const {
  MergePolicy policy;
  policy.span_max_ms = engine_->retention_ms / 10;
  // A clock far ahead must not declare months over that are not; one far behind does no harm.
  const TimeRange bounds = state.Bounds();
  policy.newest_ms = bounds.empty() ? kMinTimestampMs : std::min(bounds.max_ms, engine_->clock());
  policy.grace_ms = 2 * engine_->seal_window_ms;
  policy.damaged = damaged_;
  policy.final_shape = final_shape;
  return policy;
}

StatusOr<bool> Merger::MergeOnce(bool final_shape) {
  const std::lock_guard lock(mutex_);
  const EngineStateRef state = engine_->state.Get();
  const auto plan = PickMerge(state->parts, PolicyOf(*state, final_shape));
  if (!plan.has_value()) return false;
  const auto begin = std::chrono::steady_clock::now();
  // Who asks for the final shape waits for it.
  const uint64_t bytes_per_second = final_shape ? 0 : engine_->merge_bytes_per_second;
  const Status status = Run(*plan, engine_->RetentionCutoff(*state), bytes_per_second);
  engine_->counters.merge_ns += static_cast<uint64_t>(
      std::chrono::nanoseconds(std::chrono::steady_clock::now() - begin).count());
  if (status.ok()) {
    ++engine_->counters.merges;
    return true;
  }
  if (status.code() == absl::StatusCode::kCancelled) return status;
  ++engine_->counters.merge_failures;
  if (status.code() != absl::StatusCode::kDataLoss) return WithContext(status, "merge");
  // The message names the damage. What is whole beside it is merged nevertheless.
  spdlog::error("merge: {}; its parts are left as they are", MessageOf(status));
  for (const PartRef& input : plan->inputs) damaged_.insert(input->id);
  return true;
}

Status Merger::CheckRoom(uint64_t bytes) const {
  const auto free = engine_->FreeBytesFor(bytes + kFreeBytesMin);
  if (!free.ok() || *free >= bytes + kFreeBytesMin) return absl::OkStatus();
  return ResourceExhausted("{}: {} bytes free, {} needed", engine_->path, *free,
                           bytes + kFreeBytesMin);
}

Status Merger::Run(const MergePlan& plan, TimestampMs cutoff_ms, uint64_t bytes_per_second) {
  uint64_t input_bytes = 0;
  for (const PartRef& input : plan.inputs) input_bytes += input->bytes;
  RETURN_IF_ERROR(CheckRoom(input_bytes));
  engine_->Step("merge: started");
  MergeOptions options;
  options.admit = [this](uint64_t) { return CheckRoom(0); };
  options.cutoff_ms = cutoff_ms;
  // They change under this object's lock alone.
  const std::shared_ptr<const Tombstones> tombstones = engine_->state.Get()->tombstones;
  options.deleted = tombstones.get();
  options.cancelled = &stopped_;
  options.bytes_per_second = bytes_per_second;
  ASSIGN_OR_RETURN(MergeResult result, MergeParts(plan, engine_->substrate.get(), options));
  engine_->Step("merge: written");
  std::vector<PartMeta> added;
  for (const FinishedPart& part : result.parts) added.push_back(part.meta());
  CatalogEdit edit;
  edit.new_parts = std::move(result.parts);
  TimestampMs first_ms = kMaxTimestampMs;
  for (const PartRef& input : plan.inputs) {
    edit.dead.push_back(input->id);
    first_ms = std::min(first_ms, input->time.min_ms);
  }
  const std::vector<PartId> removed = edit.dead;
  RETURN_IF_ERROR(engine_->substrate->store->Commit(std::move(edit)));
  engine_->Step("merge: committed");
  engine_->PublishParts(added, removed, nullptr);
  sweep_.PartsGone(first_ms, cutoff_ms);
  engine_->Step("merge: published");
  return absl::OkStatus();
}

Status Merger::ApplyRetention() {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(WithContext(retention_.DropExpired(), "retention"));
  return WithContext(SweepTombstones(), "tombstones");
}

}  // namespace silverback

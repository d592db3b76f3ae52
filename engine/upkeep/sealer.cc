#include "engine/upkeep/sealer.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "engine/upkeep/seal.h"

namespace silverback {

TimestampMs LateFloor(const EngineState& state, int64_t seal_window_ms) {
  TimestampMs newest = kMinTimestampMs;
  for (const PartRef& part : state.parts) newest = std::max(newest, part->time.max_ms);
  for (const auto& generation : state.generations) {
    newest = std::max(newest, generation->time_range().max_ms);
  }
  return newest < kMinTimestampMs + seal_window_ms ? kMinTimestampMs : newest - seal_window_ms;
}

Status Sealer::Seal() {
  const std::lock_guard lock(mutex_);
  const auto begin = std::chrono::steady_clock::now();
  // What an earlier, failed seal left comes first: freezing more before it succeeds gains nothing.
  Status status = SealFrozen();
  if (status.ok()) status = RollAndFreeze();
  if (status.ok()) status = SealFrozen();
  ++(status.ok() ? engine_->counters.seals : engine_->counters.seal_failures);
  engine_->counters.seal_ns += static_cast<uint64_t>(
      std::chrono::nanoseconds(std::chrono::steady_clock::now() - begin).count());
  return WithContext(status, "seal");
}

Status Sealer::SealFrozen() {
  for (;;) {
    const EngineStateRef state = engine_->state.Get();
    if (state->generations.size() < 2) return absl::OkStatus();
    RETURN_IF_ERROR(SealGeneration(state->generations.front()));
  }
}

Status Sealer::RollAndFreeze() {
  const std::lock_guard lock(engine_->append_mutex);
  const EngineStateRef state = engine_->state.Get();
  const std::shared_ptr<Generation>& active = state->generations.back();
  if (engine_->log->last_sequence() < active->first_sequence()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Sequence border, engine_->log->Roll());
  active->Freeze(border);
  auto fresh =
      std::make_shared<Generation>(border + 1, active, LateFloor(*state, engine_->seal_window_ms));
  engine_->Publish([&](EngineState* next) { next->generations.push_back(std::move(fresh)); });
  return absl::OkStatus();
}

Status Sealer::SealGeneration(const std::shared_ptr<Generation>& generation) {
  Store* const store = engine_->substrate->store.get();
  engine_->Step("seal: frozen");
  SealOptions options;
  options.admit = [this](uint64_t bytes_written) { return Admit(bytes_written); };
  ASSIGN_OR_RETURN(std::vector<FinishedPart> parts, EncodeGeneration(*generation, store, options));
  engine_->Step("seal: encoded");
  // The rows of their series, before the parts are taken in: if the power goes between that and the switch, the next start
  // adopts the parts and skips the log, which introduced the series.
  RETURN_IF_ERROR(store->Flush());
  std::vector<PartMeta> added;
  for (const FinishedPart& part : parts) added.push_back(part.meta());
  const Sequence border = generation->last_sequence();
  CatalogEdit edit;
  edit.new_parts = std::move(parts);
  edit.sealed_through = border;
  RETURN_IF_ERROR(store->Commit(std::move(edit)));
  engine_->Step("seal: committed");
  // The next generation looks its series' last samples up in this one until it has a copy.
  const EngineStateRef before = engine_->state.Get();
  engine_->PublishParts(added, {}, generation.get());
  before->generations[1]->ReplaceTails(generation->CopyTails());
  engine_->Step("seal: published");
  RETURN_IF_ERROR(engine_->log->DropThrough(border));
  engine_->Step("seal: log dropped");
  return absl::OkStatus();
}

Status Sealer::Admit(uint64_t bytes_written) const {
  // A seal may use what appends leave free (the reserve), but not the last of it: RocksDB must still
  // be able to write its manifest.
  constexpr uint64_t kLeftFree = 4 << 20;
  const auto free = engine_->FreeBytesFor(kLeftFree);
  if (!free.ok() || *free >= kLeftFree) return absl::OkStatus();
  return ResourceExhausted("{}: {} bytes free after {} bytes of a part: no room to seal",
                           engine_->path, *free, bytes_written);
}

}  // namespace silverback

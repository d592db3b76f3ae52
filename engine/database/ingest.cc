#include "engine/database/ingest.h"

#include <chrono>

namespace silverback {

Status Introductions::Resolve(std::span<const LabelSet> labels, std::span<SeriesRef> refs,
                              std::vector<bool>* introduce) {
  introduce->assign(labels.size(), false);
  // Held across both: whoever finds a series that another has just created must see that it is
  // pending.
  const std::lock_guard lock(mutex_);
  const Status status = registry_->GetOrCreate(labels, refs);
  if (!status.ok() && status.code() != absl::StatusCode::kResourceExhausted) return status;
  for (size_t i = 0; i < refs.size(); ++i) {
    if (refs[i].series == 0) continue;
    if (refs[i].created) pending_.insert(refs[i].series);
    (*introduce)[i] = pending_.contains(refs[i].series);
  }
  return status;
}

void Introductions::Done(std::span<const SeriesId> series) {
  if (series.empty()) return;
  const std::lock_guard lock(mutex_);
  for (const SeriesId id : series) pending_.erase(id);
}

Status DiskReserve::Check() {
  const int64_t now_ns =
      std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
  int64_t looked_ns = looked_ns_.load(std::memory_order_relaxed);
  if (now_ns - looked_ns >= kLookEveryNs &&
      looked_ns_.compare_exchange_strong(looked_ns, now_ns, std::memory_order_relaxed)) {
    const auto free = engine_->FreeBytesFor(reserve_bytes_);
    free_bytes_.store(free.ok() ? *free : ~uint64_t{0}, std::memory_order_relaxed);
  }
  const uint64_t free_bytes = free_bytes_.load(std::memory_order_relaxed);
  if (free_bytes >= reserve_bytes_) return absl::OkStatus();
  return ResourceExhausted(
      "{}: {} bytes free, {} are kept in reserve so that the log can be sealed; free some room or "
      "shorten the retention",
      engine_->path, free_bytes, reserve_bytes_);
}

}  // namespace silverback

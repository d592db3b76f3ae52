// What exists at one moment: live parts and head generations. Published by one pointer swap.
#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/head/generation.h"
#include "engine/read/tombstones.h"
#include "engine/store/part.h"

namespace silverback {

/// A live part. The rows of a part that has died stay as long as somebody else holds the reference.
using PartRef = std::shared_ptr<const PartMeta>;

/// Immutable once published. Every sample that was acknowledged lies in it exactly once, or in more
/// than one place with the last written ranking highest: a later place in `parts` over an earlier
/// one, generations over parts, a later generation over an earlier one.
struct EngineState {
  /// In order of the log sequences inside.
  std::vector<PartRef> parts;
  /// Oldest first. The last one takes the samples that come in; the others are frozen, on their way
  /// into parts.
  std::vector<std::shared_ptr<Generation>> generations;
  /// What is deleted from `parts`. Never null.
  std::shared_ptr<const Tombstones> tombstones = std::make_shared<const Tombstones>();

  bool HeadHas(SeriesId series) const {
    return std::any_of(generations.begin(), generations.end(),
                       [series](const auto& generation) { return generation->Contains(series); });
  }

  /// From the oldest to the newest sample; empty when there is none.
  TimeRange Bounds() const {
    TimeRange bounds{kMaxTimestampMs, kMinTimestampMs};
    const auto widen = [&](const TimeRange& range) {
      if (range.empty()) return;
      bounds.min_ms = std::min(bounds.min_ms, range.min_ms);
      bounds.max_ms = std::max(bounds.max_ms, range.max_ms);
    };
    for (const PartRef& part : parts) widen(part->time);
    for (const auto& generation : generations) widen(generation->time_range());
    return bounds;
  }
};

using EngineStateRef = std::shared_ptr<const EngineState>;

/// Puts parts into the order of `EngineState::parts`. Parts of one seal have the same sequences but
/// no time of a series in common.
inline void SortBySequence(std::vector<PartRef>* parts) {
  std::sort(parts->begin(), parts->end(), [](const PartRef& a, const PartRef& b) {
    if (a->last_sequence != b->last_sequence) return a->last_sequence < b->last_sequence;
    if (a->kind != b->kind) return a->kind < b->kind;
    return a->id < b->id;
  });
}

/// The current state. Safe for concurrent use; whoever changes it serialises with the others who do.
class EngineStateCell {
 public:
  EngineStateRef Get() const {
    const std::lock_guard lock(mutex_);
    return state_;
  }
  void Set(EngineStateRef state) {
    const std::lock_guard lock(mutex_);
    state_.swap(state);
  }

 private:
  mutable std::mutex mutex_;
  EngineStateRef state_;
};

}  // namespace silverback

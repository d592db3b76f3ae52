// Merge: several parts become one.
#pragma once

#include <atomic>
#include <functional>
#include <vector>

#include "engine/base/status.h"
#include "engine/read/engine_state.h"
#include "engine/read/substrate.h"
#include "engine/store/store.h"
#include "engine/upkeep/merge_policy.h"

namespace silverback {

struct MergeOptions {
  /// Asked before the first byte and now and then (`NewPart::admit`).
  std::function<Status(uint64_t bytes_written)> admit;
  /// Bytes a second to write at most; 0: no limit.
  uint64_t bytes_per_second = 0;
  /// Samples before it are past retention and are left out.
  TimestampMs cutoff_ms = kMinTimestampMs;
  /// What is deleted from the inputs and left out. May be null.
  const Tombstones* deleted = nullptr;
  /// When true, the merge stops with Cancelled. May be null.
  const std::atomic<bool>* cancelled = nullptr;
};

struct MergeResult {
  /// None if nothing was left after the cutoff.
  std::vector<FinishedPart> parts;
  uint64_t blocks_copied = 0;
  uint64_t blocks_encoded = 0;
};

/// Reads the inputs in storage order, series by series, and writes one part with blocks that are as
/// long as they may be. Blocks that are whole already and overlap no other are taken over as they
/// are. The result is complete on disk, but not part of the database before `Store::Commit`. Memory:
/// the encoded blocks of one series, and the decoded samples of those that overlap.
///
/// Damage is an error: a merge must not make lost what a repair could still find.
StatusOr<MergeResult> MergeParts(const MergePlan& plan, Substrate* substrate,
                                 const MergeOptions& options);

}  // namespace silverback

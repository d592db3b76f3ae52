// The merges and the retention of an open database.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <span>
#include <vector>

#include "engine/base/status.h"
#include "engine/labels/matcher.h"
#include "engine/upkeep/live_engine.h"
#include "engine/upkeep/merge_policy.h"
#include "engine/upkeep/retention.h"
#include "engine/upkeep/series_sweep.h"
#include "engine/upkeep/verify.h"

namespace silverback {

/// Safe for concurrent use; merges and retention are done one after the other (both take parts
/// away).
class Merger {
 public:
  explicit Merger(LiveEngine* engine)
      : engine_(engine), sweep_(engine), retention_(engine, &sweep_) {}

  /// Does the most useful merge; false if there is none. `final_shape` as in MergePolicy.
  StatusOr<bool> MergeOnce(bool final_shape);

  /// While it is held no merge runs and no part goes.
  std::unique_lock<std::mutex> Pause() { return std::unique_lock(mutex_); }

  /// Deletes samples of the parts by tombstones. REQUIRES: the head was sealed, seals and merges are paused.
  Status Delete(std::span<const std::vector<Matcher>> matcher_sets, TimeRange range);
  /// Rewrites the parts that tombstones touch; what is left without samples is forgotten.
  Status CleanTombstones(const ProgressFunction& progress);

  /// Drops parts that are wholly past retention, and series that have no sample left.
  Status ApplyRetention();

  /// Makes a merge that runs, and all to come, end with Cancelled.
  void Stop() { stopped_.store(true); }

 private:
  /// Below this much free disk, beside what the output takes, no merge starts or goes on.
  static constexpr uint64_t kFreeBytesMin = uint64_t{64} << 20;

  MergePolicy PolicyOf(const EngineState& state, bool final_shape) const;
  /// `bytes_per_second` as MergeOptions has it.
  Status Run(const MergePlan& plan, TimestampMs cutoff_ms, uint64_t bytes_per_second);
  Status CheckRoom(uint64_t bytes) const;
  /// Drops tombstones that touch no live part any more, and their series if they have no sample left.
  Status SweepTombstones();

  LiveEngine* const engine_;
  std::mutex mutex_;
  std::set<PartId> damaged_;  // parts that a merge could not read
  SeriesSweep sweep_;
  Retention retention_;
  std::atomic<bool> stopped_{false};
};

}  // namespace silverback

// What the operators of one query share.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/database/database.h"
#include "query/exec/budget.h"
#include "query/exec/worker_pool.h"
#include "query/model/annotations.h"
#include "query/model/operator_profile.h"

namespace silverback::exec {

/// Samples that a part of the plan looked at, as upstream counts them. Counters form a tree along the evaluations of
/// the plan: what is evaluated once for all steps counts for each, what a subquery reads is not counted at all (its
/// result is, when a range function looks at it).
class SampleCounter {
 public:
  enum class Relation : uint8_t {
    kRoot,
    kEveryStep,  // evaluated once, counts at every step of the parent
    kLastStep,   // counts at the parent's last step
    kSameSteps,  // on the parent's grid, counts as many times as it is used
    kIgnored,
  };
  SampleCounter(SampleCounter* parent, Relation relation, size_t steps, bool per_step)
      : parent_(parent), relation_(relation), steps_(steps) {
    // Of the others only the total matters.
    const bool by_step = relation == Relation::kRoot || relation == Relation::kSameSteps;
    if (per_step && by_step) per_step_.assign(steps, 0);
  }

  /// `by_step` is empty or one count a step.
  void Add(uint64_t samples, std::span<const uint64_t> by_step);
  /// Of a counter of relation kSameSteps: one more use.
  void AddUse() { ++uses_; }
  /// Adds what was counted to the parent.
  void Close();

  uint64_t total() const { return total_; }
  std::vector<uint64_t>& per_step() { return per_step_; }

 private:
  SampleCounter* parent_;
  Relation relation_;
  size_t steps_;
  uint64_t uses_ = 0;
  uint64_t total_ = 0;
  std::vector<uint64_t> per_step_;  // empty: not asked for
};

class SharedLeaf;

struct QueryContext {
  QueryContext(const Budget::Limits& limits, const std::atomic<bool>* cancelled)
      : budget(limits, cancelled) {}

  const ReadView* view = nullptr;
  Budget budget;
  WorkerPool* pool = nullptr;  // null: everything on the query's own thread
  int64_t lookback_ms = 0;
  bool delayed_name_removal = false;
  bool per_step_statistics = false;
  bool use_start_timestamps = false;
  uint64_t series_selected = 0;
  uint64_t series_max = 0;  // 0: no limit
  /// Of the operator that is being built or opened; null: nobody analyzes the query. The query's own thread changes it.
  OperatorProfile* profile = nullptr;
  /// Leaves that several parents read, by SelectorPlan::share.
  std::map<uint32_t, std::shared_ptr<SharedLeaf>> shared_leaves;

  /// A place for one operator's annotations. Places are asked for in the order of evaluation, in which they are merged.
  Annotations* NewAnnotations() { return &annotations_.emplace_back(); }
  /// All annotations so far.
  Annotations MergedAnnotations() const;

  /// A counter below `parent` (null: the root).
  SampleCounter* NewCounter(SampleCounter* parent, SampleCounter::Relation relation, size_t steps);
  /// Adds up all counters into the root, which is returned.
  SampleCounter* CloseCounters();

 private:
  std::deque<Annotations> annotations_;
  std::deque<SampleCounter> counters_;  // parents before children
};

}  // namespace silverback::exec

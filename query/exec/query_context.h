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
#include "query/model/sample_counts.h"
#include "query/model/step_grid.h"

namespace silverback::exec {

/// Samples that a part of the plan looked at, as upstream counts them. Counters form a tree along the evaluations of
/// the plan: what is evaluated once for all steps covers samples at each and reads them at the first; what a subquery
/// covers is not counted at all (its result is, when a range function looks at it), but what it reads is.
class SampleCounter {
 public:
  enum class Relation : uint8_t {
    kRoot,
    kEveryStep,  // evaluated once, counts at every step of the parent
    kLastStep,   // counts at the parent's last step
    kSameSteps,  // on the parent's grid, counts as many times as it is used
    kSubquery,   // on a grid of its own; the parent reads at the step that first uses it
  };
  /// How the parent's steps use the samples of a subquery: each those of its range before it, less the offset.
  struct SubqueryUse {
    int64_t offset_ms = 0;
    int64_t range_ms = 0;
  };

  /// Relation `kRoot` if `parent` is null. `per_step`: the root is asked to count by step.
  SampleCounter(SampleCounter* parent, Relation relation, const StepGrid& grid, bool per_step);
  /// Relation `kSubquery`.
  SampleCounter(SampleCounter* parent, const StepGrid& grid, const SubqueryUse& use);

  /// Whether what is added should be counted by step.
  bool by_step() const { return by_step_; }
  void Add(const QuerySamples& samples);
  /// What a range function covers of a subquery's result.
  void AddCovered(const SampleCounts& covered);
  /// Of a counter of relation kSameSteps: one more use.
  void AddUse() { ++uses_; }
  /// Adds what was counted to the parent.
  void Close();

  const QuerySamples& samples() const { return samples_; }

 private:
  /// Room for a count a step is taken when there is something to count, and the query's budget has allowed as many steps.
  void BeginSteps();
  void AddReadToUsers();

  SampleCounter* parent_;
  Relation relation_;
  StepGrid grid_;
  bool by_step_;
  SubqueryUse use_;
  uint64_t uses_ = 0;
  QuerySamples samples_;
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
  bool window_fast_paths = true;
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
  SampleCounter* NewCounter(SampleCounter* parent, SampleCounter::Relation relation,
                            const StepGrid& grid);
  /// A counter of a subquery on the steps of `grid`.
  SampleCounter* NewSubqueryCounter(SampleCounter* parent, const StepGrid& grid,
                                    const SampleCounter::SubqueryUse& use);
  /// Adds up all counters into the root, which is returned.
  SampleCounter* CloseCounters();

 private:
  std::deque<Annotations> annotations_;
  std::deque<SampleCounter> counters_;  // parents before children
};

}  // namespace silverback::exec

// The common part of operators that read series from storage.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "engine/labels/matcher.h"
#include "query/exec/leaf_scan.h"
#include "query/exec/operator.h"
#include "query/exec/series_merger.h"

namespace silverback::exec {

/// What an operator that reads storage wants of it.
class Leaf {
 public:
  virtual ~Leaf() = default;

  /// Called once before anything is read: the place to read scalar arguments and refuse what is wrong.
  virtual Status Prepare() { return absl::OkStatus(); }
  /// The times to read.
  virtual TimeRange ReadRange() const = 0;
  /// What to read beside times and values.
  virtual ReadOptions Wanted() const { return {}; }
  /// What becomes of a selected series.
  virtual OutputSeries Map(LabelSet labels) = 0;
  /// Called by several threads at once, after all calls of the others. Workers may borrow from the leaf; `counter` and
  /// `annotations` are for their `Finish`.
  virtual std::unique_ptr<LeafWorker> NewWorker(SampleCounter* counter,
                                                Annotations* annotations) = 0;
};

/// Selects series, has workers evaluate them and gives their columns in storage order.
class LeafOperator final : public Operator {
 public:
  LeafOperator(QueryContext* query, const StepGrid& grid, std::vector<Matcher> matchers,
               SampleCounter* counter, SeriesMerger::Policy policy, std::unique_ptr<Leaf> leaf)
      : Operator(query, grid),
        matchers_(std::move(matchers)),
        counter_(counter),
        annotations_(query->NewAnnotations()),
        merger_(policy, budget()),
        share_(budget()),
        leaf_(std::move(leaf)) {}

  Status Open() override;
  StatusOr<bool> Next(SeriesColumn* out) override;
  bool ascending() const override { return merger_.distinct(); }

 private:
  std::vector<Matcher> matchers_;
  SampleCounter* counter_;
  Annotations* annotations_;
  SeriesMerger merger_;
  BudgetShare share_;  // of labels and handles
  // The scan's destructor waits for the threads that are still in it, so it stands behind all that they use.
  std::unique_ptr<Leaf> leaf_;
  LeafSelection selection_;
  std::optional<LeafScan> scan_;
  bool scanned_ = false;
};

}  // namespace silverback::exec

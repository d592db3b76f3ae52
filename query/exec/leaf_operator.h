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

/// Selects series, has workers evaluate them and gives their columns in storage order.
class LeafOperator : public Operator {
 public:
  Status Open() final;
  StatusOr<bool> Next(SeriesColumn* out) final;
  bool ascending() const final { return merger_.distinct(); }

 protected:
  LeafOperator(QueryContext* query, const StepGrid& grid, std::vector<Matcher> matchers,
               SampleCounter* counter, SeriesMerger::Policy policy)
      : Operator(query, grid),
        matchers_(std::move(matchers)),
        counter_(counter),
        annotations_(query->NewAnnotations()),
        merger_(policy, budget()),
        share_(budget()) {}

  /// Called once before anything is read: the place to read scalar arguments and refuse what is wrong.
  virtual Status Prepare() { return absl::OkStatus(); }
  /// The times to read.
  virtual TimeRange ReadRange() const = 0;
  /// What becomes of a selected series.
  virtual OutputSeries Map(LabelSet labels) = 0;
  virtual std::unique_ptr<LeafWorker> NewWorker() = 0;

  /// For workers' `Finish`.
  SampleCounter* counter() { return counter_; }
  Annotations* annotations() { return annotations_; }

 private:
  std::vector<Matcher> matchers_;
  SampleCounter* counter_;
  Annotations* annotations_;
  SeriesMerger merger_;
  BudgetShare share_;  // of labels and handles
  LeafSelection selection_;
  std::optional<LeafScan> scan_;
  bool scanned_ = false;
};

}  // namespace silverback::exec

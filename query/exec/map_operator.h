// The common shape of operators with one child whose series are changed one by one.
#pragma once

#include <utility>

#include "query/exec/operator.h"
#include "query/exec/series_merger.h"

namespace silverback::exec {

/// Derived classes say what becomes of a series' labels and of its column.
class MapOperator : public Operator {
 public:
  Status Open() final;
  StatusOr<bool> Next(SeriesColumn* out) final;
  bool ascending() const final { return child_->ascending() && merger_.distinct(); }

 protected:
  MapOperator(QueryContext* query, const StepGrid& grid, OperatorPtr child,
              SeriesMerger::Policy policy)
      : Operator(query, grid), child_(std::move(child)), merger_(policy, budget()) {}

  /// Called once before the child is opened: the place to read scalar arguments.
  virtual Status Prepare() { return absl::OkStatus(); }
  /// What becomes of a series; `place` is its place in the child's series.
  virtual OutputSeries Map(const OutputSeries& series, size_t place) = 0;
  /// Changes the column of the child's series `place` to one on this operator's grid.
  virtual Status Transform(size_t place, Column* column) = 0;
  /// Called once after the last series.
  virtual void Finish() {}

  /// `series` without its metric name (and type and unit), now or at the end of the query.
  OutputSeries WithoutName(const OutputSeries& series) const;

  Operator& child() { return *child_; }

 private:
  OperatorPtr child_;
  SeriesMerger merger_;
  bool child_done_ = false;
};

/// How results whose names are dropped are merged: not at all where names are dropped late.
inline SeriesMerger::Policy MergePolicy(const QueryContext& query) {
  return query.delayed_name_removal ? SeriesMerger::Policy::kKeepApart
                                    : SeriesMerger::Policy::kMergeSteps;
}

/// `series` without its metric name, type and unit; where names are removed late it is only marked.
OutputSeries DropName(const QueryContext& query, const OutputSeries& series);

}  // namespace silverback::exec

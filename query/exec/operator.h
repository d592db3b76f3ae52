// Operators: a query is executed by a tree of them, each of which turns the series of its children into series of its
// own, one series at a time.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "engine/base/status.h"
#include "engine/labels/label_set.h"
#include "query/exec/query_context.h"
#include "query/model/column.h"
#include "query/model/step_grid.h"

namespace silverback::exec {

/// A series that an operator produces.
struct OutputSeries {
  LabelSet labels;
  /// Its metric name is to be dropped from the answer (only where names are removed late).
  bool drop_name = false;
};

/// A series' values.
struct SeriesColumn {
  size_t series = 0;  // place in Operator::series()
  Column column;      // a value, or none, for each step of the operator's grid
};

/// An operator:
///
///     RETURN_IF_ERROR(op->Open());        // from here on op->series() is known
///     SeriesColumn column;
///     while (true) {
///       ASSIGN_OR_RETURN(const bool more, op->Next(&column));
///       if (!more) break;
///       ... op->series()[column.series] ...
///     }
///
/// Every series comes at most once; one that does not come has no values. A scalar is one series without labels that
/// has a value at every step. Operators whose labels depend on values do their work in `Open`. One thread at a time:
/// what runs in parallel is inside of an operator (LeafScan). After an error nothing else is asked of the tree. The
/// query's context must outlive it.
class Operator {
 public:
  Operator(QueryContext* query, const StepGrid& grid) : query_(query), grid_(grid) {}
  virtual ~Operator() = default;
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;

  virtual Status Open() = 0;
  /// Moves to the next series; false at the end. The memory of `out->column` is reused.
  virtual StatusOr<bool> Next(SeriesColumn* out) = 0;

  /// The series, in the order of the answer (which matters for sort() and topk()). Valid after `Open`.
  const std::vector<OutputSeries>& series() const { return series_; }
  /// Whether `Next` gives series in ascending order of their place. Valid after `Open`.
  virtual bool ascending() const { return false; }

  const StepGrid& grid() const { return grid_; }
  size_t steps() const { return grid_.steps(); }

 protected:
  QueryContext* query() const { return query_; }
  Budget* budget() const { return &query_->budget; }

  std::vector<OutputSeries> series_;

 private:
  QueryContext* query_;
  StepGrid grid_;
};

using OperatorPtr = std::unique_ptr<Operator>;

/// The values of a scalar operator, one a step. Opens it.
StatusOr<std::vector<double>> ReadScalar(Operator* op);

/// A child's series, all of them at once, by place; those without values have columns without steps. `share` is charged
/// for them. Opens the child.
StatusOr<std::vector<Column>> ReadAll(Operator* op, BudgetShare* share);

/// What a column costs.
Status ChargeColumn(const Column& column, BudgetShare* share);

/// The values of `column` at the present steps of `mask` are copied to `target`, which gets these steps.
void CopySteps(const Column& column, std::span<const uint64_t> mask, Column* target);

}  // namespace silverback::exec

// Plan to operators.
#pragma once

#include "query/exec/operator.h"
#include "query/plan/plan_node.h"

namespace silverback::exec {

/// The operator tree of `plan`, evaluated on `grid`; `counter` counts the samples that it looks at. The plan must
/// outlive the tree. FailedPrecondition, as upstream words it, for arguments that are wrong whatever the data.
/// REQUIRES: the plan gives a scalar or an instant vector.
StatusOr<OperatorPtr> BuildOperator(QueryContext* query, const plan::PlanNode& plan,
                                    const StepGrid& grid, SampleCounter* counter);

/// ResourceExhausted if a single column on `grid` is too large for the memory budget, so that nothing of that size is
/// allocated in the first place: a subquery can ask for any number of steps.
Status CheckGrid(const QueryContext& query, const StepGrid& grid);

}  // namespace silverback::exec

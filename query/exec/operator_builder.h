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

}  // namespace silverback::exec

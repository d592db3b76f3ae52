// Functions over range vectors: of a range selector (a leaf) and of a subquery.
#pragma once

#include <vector>

#include "query/exec/operator.h"
#include "query/exec/scalar_arguments.h"
#include "query/plan/plan_node.h"

namespace silverback::exec {

/// `call` over the range selector `matrix`.
OperatorPtr NewMatrixFunction(QueryContext* query, const StepGrid& grid, const plan::CallPlan& call,
                              const plan::MatrixPlan& matrix, ScalarArguments scalars,
                              SampleCounter* counter);

/// The grid on which a subquery evaluates its child, so that a parent on `grid` finds all that it looks at; false when
/// there is none (no multiple of the step lies in the range).
bool SubqueryGrid(const plan::SubqueryPlan& subquery, const StepGrid& grid, StepGrid* child_grid);

/// `call` over a subquery, whose child (on the grid that `SubqueryGrid` says) is `child`.
OperatorPtr NewSubqueryFunction(QueryContext* query, const StepGrid& grid,
                                const plan::CallPlan& call, const plan::SubqueryPlan& subquery,
                                OperatorPtr child, ScalarArguments scalars, SampleCounter* counter);

}  // namespace silverback::exec

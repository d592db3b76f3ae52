// and, or, unless.
#pragma once

#include "query/exec/operator.h"
#include "query/plan/plan_node.h"

namespace silverback::exec {

OperatorPtr NewSetOperator(QueryContext* query, const StepGrid& grid, const plan::BinaryPlan& plan,
                           OperatorPtr lhs, OperatorPtr rhs);

}  // namespace silverback::exec

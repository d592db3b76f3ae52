// Binary operations of a vector and a scalar.
#pragma once

#include "query/exec/operator.h"
#include "query/plan/plan_node.h"

namespace silverback::exec {

/// `swapped`: the scalar stands on the left.
OperatorPtr NewVectorScalar(QueryContext* query, const StepGrid& grid, const plan::BinaryPlan& plan,
                            OperatorPtr vector, OperatorPtr scalar, bool swapped);

}  // namespace silverback::exec

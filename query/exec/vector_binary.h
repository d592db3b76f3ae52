// Binary operations of two vectors: one-to-one, group_left and group_right, with fill values.
#pragma once

#include "query/exec/operator.h"
#include "query/plan/plan_node.h"

namespace silverback::exec {

/// Arithmetic operators and comparisons; set operators have an operator of their own.
OperatorPtr NewVectorBinary(QueryContext* query, const StepGrid& grid, const plan::BinaryPlan& plan,
                            OperatorPtr lhs, OperatorPtr rhs);

}  // namespace silverback::exec

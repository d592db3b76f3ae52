// count_values: how many series of a group have each value.
#pragma once

#include <string>

#include "query/exec/operator.h"
#include "query/plan/plan_node.h"

namespace silverback::exec {

/// `label` gets the value's text.
OperatorPtr NewCountValues(QueryContext* query, const StepGrid& grid,
                           const plan::AggregatePlan& plan, OperatorPtr child, std::string label);

}  // namespace silverback::exec

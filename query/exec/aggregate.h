// Aggregations that fold series into groups: sum, avg, min, max, count, group, stddev, stdvar, quantile.
#pragma once

#include "query/exec/operator.h"
#include "query/plan/plan_node.h"

namespace silverback::exec {

/// `parameter` is null but for quantile.
OperatorPtr NewAggregate(QueryContext* query, const StepGrid& grid, const plan::AggregatePlan& plan,
                         OperatorPtr child, OperatorPtr parameter);

}  // namespace silverback::exec

// What an instant query over a range vector answers: samples as they are.
#pragma once

#include <vector>

#include "query/exec/operator.h"
#include "query/model/query_result.h"
#include "query/plan/plan_node.h"

namespace silverback::exec {

/// The samples of a range selector or subquery at the grid's only step. `share` is charged for them.
StatusOr<std::vector<RawSeries>> EvaluateRange(QueryContext* query, const plan::PlanNode& plan,
                                               const StepGrid& grid, SampleCounter* counter,
                                               BudgetShare* share);

}  // namespace silverback::exec

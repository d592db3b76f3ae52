// Operators to answers.
#pragma once

#include "query/exec/operator.h"
#include "query/model/query_result.h"
#include "query/plan/plan_node.h"

namespace silverback::exec {

using ResultValue = decltype(QueryResult::value);

/// Executes `plan` and gathers its answer. Series are sorted by labels but for an instant query's vector, whose order is
/// the operators'. FailedPrecondition when two series of the answer have the same labels.
StatusOr<ResultValue> ExecutePlan(QueryContext* query, const plan::PlanNode& plan,
                                  const StepGrid& grid, bool instant, SampleCounter* counter);

}  // namespace silverback::exec

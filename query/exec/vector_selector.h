// Instant vector selectors, and timestamp() of one.
#pragma once

#include "query/exec/operator.h"
#include "query/plan/plan_node.h"

namespace silverback::exec {

/// The last sample of each series at every step.
OperatorPtr NewVectorSelector(QueryContext* query, const StepGrid& grid,
                              const plan::SelectorPlan& plan, SampleCounter* counter);

/// timestamp(selector): the times of these samples.
OperatorPtr NewTimestampSelector(QueryContext* query, const StepGrid& grid,
                                 const plan::SelectorPlan& plan, SampleCounter* counter);

/// These times with the series' labels as they are, for info().
OperatorPtr NewInfoTimes(QueryContext* query, const StepGrid& grid, const plan::SelectorPlan& plan,
                         SampleCounter* counter);

}  // namespace silverback::exec

// Instant vector selectors, and timestamp() and start_timestamp() of one.
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

/// start_timestamp(selector): when what these samples count began, 0 where that is not known.
OperatorPtr NewStartSelector(QueryContext* query, const StepGrid& grid,
                             const plan::SelectorPlan& plan, SampleCounter* counter);

/// Their times with the series' labels as they are, for info().
OperatorPtr NewInfoTimes(QueryContext* query, const StepGrid& grid, const plan::SelectorPlan& plan,
                         SampleCounter* counter);

}  // namespace silverback::exec

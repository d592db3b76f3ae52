// info(): adds labels of info series (target_info and its kin) to the series that they describe.
#pragma once

#include <vector>

#include "engine/labels/matcher.h"
#include "query/exec/operator.h"
#include "query/plan/plan_node.h"

namespace silverback::exec {

/// `time`: when info series are looked at, as the first argument's selector says. `selector`: the matchers of the second
/// argument, none where there is none.
OperatorPtr NewInfo(QueryContext* query, const StepGrid& grid, OperatorPtr base,
                    std::vector<Matcher> selector, const plan::TimeShift& time,
                    SampleCounter* counter);

/// The time shift that governs the info series: that of the first selector in `base`, with the subqueries around it.
plan::TimeShift InfoTime(const plan::PlanNode& base);

}  // namespace silverback::exec

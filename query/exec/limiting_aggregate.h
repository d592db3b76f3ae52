// Aggregations that keep some series of each group as they are: topk, bottomk, limitk, limit_ratio.
#pragma once

#include "query/exec/operator.h"
#include "query/plan/plan_node.h"

namespace silverback::exec {

/// topk, bottomk.
OperatorPtr NewTopK(QueryContext* query, const StepGrid& grid, const plan::AggregatePlan& plan,
                    OperatorPtr child, OperatorPtr parameter);

/// limitk: the first series of each group.
OperatorPtr NewLimitK(QueryContext* query, const StepGrid& grid, const plan::AggregatePlan& plan,
                      OperatorPtr child, OperatorPtr parameter);

/// limit_ratio: a share of the series, chosen by a hash of their labels.
OperatorPtr NewLimitRatio(QueryContext* query, const StepGrid& grid,
                          const plan::AggregatePlan& plan, OperatorPtr child,
                          OperatorPtr parameter);

/// Where in [0, 1] the labels stand for limit_ratio: upstream's hash (XXH64) of upstream's encoding, so that the same
/// series are chosen.
double RatioOffset(const LabelSet& labels);

}  // namespace silverback::exec

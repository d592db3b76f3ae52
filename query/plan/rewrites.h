// Rewrites: a plan becomes a cheaper one with the same answer. Each can be called by itself.
#pragma once

#include "query/plan/plan_node.h"

namespace silverback::plan {

/// All of them, in the order that serves best.
void Rewrite(PlanPtr* plan);

/// Operations on numbers become numbers.
void FoldConstants(PlanPtr* plan);

}  // namespace silverback::plan

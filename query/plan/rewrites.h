// Rewrites: a plan becomes a cheaper one with the same answer. Each can be called by itself.
#pragma once

#include "query/plan/plan_node.h"

namespace silverback::plan {

/// All of them, in the order that serves best. `instant`: the plan is evaluated at one step.
void Rewrite(PlanPtr* plan, bool instant);

/// Operations on numbers become numbers.
void FoldConstants(PlanPtr* plan);

/// What one side of a binary operation must satisfy to find a match is asked of the other side too: in
/// `a{job="x"} / b` only `b{job="x"}` is read. Done only where leaving series out can hide no error: both sides' series
/// must be known to be distinct.
void PropagateMatchers(PlanPtr* plan);

/// Sorting is left out where nobody sees the order: below aggregations that do not depend on it, and below other sorts.
/// For instant queries only (in a range query sorting warns).
void DropSorts(PlanPtr* plan);

/// Leaves that read the same get a number in common, so that they are read once.
void ShareSelects(PlanPtr* plan);

/// Selectors of which only the presence matters, as below count(), read no values. After `ShareSelects`: others that share a
/// selector do look at values.
void MarkPresence(PlanPtr* plan);

}  // namespace silverback::plan

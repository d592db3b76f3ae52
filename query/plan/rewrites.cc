#include "query/plan/rewrites.h"

namespace silverback::plan {

void Rewrite(PlanPtr* plan, bool instant) {
  FoldConstants(plan);
  PropagateMatchers(plan);
  if (instant) DropSorts(plan);
  // Last: the others change what leaves read.
  ShareSelects(plan);
  MarkPresence(plan);
}

}  // namespace silverback::plan

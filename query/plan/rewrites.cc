#include "query/plan/rewrites.h"

namespace silverback::plan {

void Rewrite(PlanPtr* plan) {
  FoldConstants(plan);
}

}  // namespace silverback::plan

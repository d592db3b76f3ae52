#include "query/plan/rewrites.h"

namespace silverback::plan {
namespace {

/// Whether the node asks of its (first) child no more than at which steps there is something.
bool WantsPresence(const PlanNode& node) {
  if (const auto* call = DynAs<CallPlan>(&node)) {
    return call->function->kind == FunctionKind::kAbsent;
  }
  const auto* aggregate = DynAs<AggregatePlan>(&node);
  return aggregate != nullptr && (aggregate->op == syntax::AggregateOp::kCount ||
                                  aggregate->op == syntax::AggregateOp::kGroup);
}

void Mark(PlanNode* node) {
  for (const PlanPtr& child : node->children) Mark(child.get());
  if (!WantsPresence(*node)) return;
  auto* selector = DynAs<SelectorPlan>(node->children[0].get());
  if (selector == nullptr || selector->share != 0 || selector->smoothed) return;
  selector->presence = true;
}

}  // namespace

void MarkPresence(PlanPtr* plan) {
  Mark(plan->get());
}

}  // namespace silverback::plan

#include "query/plan/rewrites.h"

namespace silverback::plan {
namespace {

bool IsSort(const PlanNode& node) {
  const auto* call = DynAs<CallPlan>(&node);
  if (call == nullptr) return false;
  switch (call->function->kind) {
    case FunctionKind::kSort:
    case FunctionKind::kSortDesc:
    case FunctionKind::kSortByLabel:
    case FunctionKind::kSortByLabelDesc:
      return true;
    default:
      return false;
  }
}

// Sums depend on the order, within rounding.
bool IgnoresOrder(const PlanNode& node) {
  if (IsSort(node)) return true;
  const auto* aggregate = DynAs<AggregatePlan>(&node);
  if (aggregate == nullptr) return false;
  switch (aggregate->op) {
    case syntax::AggregateOp::kCount:
    case syntax::AggregateOp::kMin:
    case syntax::AggregateOp::kMax:
    case syntax::AggregateOp::kGroup:
    case syntax::AggregateOp::kQuantile:
      return true;
    default:
      return false;
  }
}

// Whether the sort passes on everything it gets: sort() leaves native histograms out.
bool KeepsAll(const PlanNode& sort) {
  const FunctionKind kind = As<CallPlan>(sort).function->kind;
  return kind == FunctionKind::kSortByLabel || kind == FunctionKind::kSortByLabelDesc;
}

}  // namespace

void DropSorts(PlanPtr* plan) {
  ForEachOwner(plan, [](PlanPtr* owner) {
    if (!IgnoresOrder(**owner)) return;
    PlanPtr& child = (*owner)->children[0];
    while (IsSort(*child) && KeepsAll(*child)) child = PlanPtr(std::move(child->children[0]));
  });
}

}  // namespace silverback::plan

#include "query/plan/binary_functions.h"
#include "query/plan/rewrites.h"

namespace silverback::plan {
namespace {

const NumberPlan* Number(const PlanPtr& node) {
  return DynAs<NumberPlan>(node.get());
}

PlanPtr MakeNumber(const PlanNode& replaced, double value) {
  auto node = std::make_unique<NumberPlan>();
  node->position = replaced.position;
  node->value = value;
  return node;
}

}  // namespace

void FoldConstants(PlanPtr* plan) {
  ForEachOwner(plan, [](PlanPtr* owner) {
    PlanNode& node = **owner;
    if (node.type != syntax::ValueType::kScalar) return;
    if (node.kind() == PlanKind::kStepInvariant && Number(node.children[0]) != nullptr) {
      *owner = std::move(node.children[0]);
    } else if (node.kind() == PlanKind::kNegate && Number(node.children[0]) != nullptr) {
      *owner = MakeNumber(node, -Number(node.children[0])->value);
    } else if (const auto* binary = DynAs<BinaryPlan>(&node)) {
      const NumberPlan* lhs = Number(node.children[0]);
      const NumberPlan* rhs = Number(node.children[1]);
      if (lhs == nullptr || rhs == nullptr || IsTrim(binary->op)) return;
      *owner = MakeNumber(node, ScalarBinary(binary->op, lhs->value, rhs->value));
    }
  });
}

}  // namespace silverback::plan

#include <algorithm>

#include "query/plan/rewrites.h"

namespace silverback::plan {
namespace {

using syntax::BinaryOp;
using syntax::Cardinality;
using syntax::ValueType;

bool Listed(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Labels that stay what they are through the operations below.
bool IsOrdinary(const std::string& name) {
  return name != kMetricName && name != "__type__" && name != "__unit__";
}

std::vector<Matcher>* MatchersOf(PlanNode& node) {
  if (auto* selector = DynAs<SelectorPlan>(&node)) return &selector->matchers;
  if (auto* matrix = DynAs<MatrixPlan>(&node)) return &matrix->matchers;
  return nullptr;
}

// The child whose series a node passes on one by one, ordinary labels unchanged; null for other nodes.
const PlanPtr* PassedOn(const PlanNode& node) {
  switch (node.kind()) {
    case PlanKind::kNegate:
    case PlanKind::kStepInvariant:
    case PlanKind::kSubquery:
      return &node.children[0];
    case PlanKind::kBinary: {
      const bool left_scalar = node.children[0]->type == ValueType::kScalar;
      const bool right_scalar = node.children[1]->type == ValueType::kScalar;
      if (left_scalar == right_scalar) return nullptr;
      return &node.children[left_scalar ? 1 : 0];
    }
    case PlanKind::kCall:
      break;
    default:
      return nullptr;
  }
  const FunctionKind kind = As<CallPlan>(node).function->kind;
  if (kind == FunctionKind::kElementwise || kind == FunctionKind::kTimestamp) {
    return &node.children[0];
  }
  if (kind != FunctionKind::kRange) return nullptr;
  for (const PlanPtr& arg : node.children) {
    if (arg->type == ValueType::kMatrix) return &arg;
  }
  return nullptr;
}

// An aggregation into groups whose labels are ordinary ones.
const AggregatePlan* Folding(const PlanNode& node) {
  const auto* aggregate = DynAs<AggregatePlan>(&node);
  if (aggregate == nullptr) return nullptr;
  switch (aggregate->op) {
    case syntax::AggregateOp::kTopk:
    case syntax::AggregateOp::kBottomk:
    case syntax::AggregateOp::kCountValues:
    case syntax::AggregateOp::kLimitk:
    case syntax::AggregateOp::kLimitRatio:
      return nullptr;
    default:
      break;
  }
  if (!aggregate->without &&
      !std::all_of(aggregate->grouping.begin(), aggregate->grouping.end(), IsOrdinary)) {
    return nullptr;
  }
  return aggregate;
}

bool GroupsBy(const AggregatePlan& aggregate, const std::string& label) {
  return Listed(aggregate.grouping, label) != aggregate.without;
}

// Whether no two series of the node can have the same labels but for the metric name, and none of the operations below
// can find two that do.
bool IsDistinct(PlanNode& node) {
  if (const std::vector<Matcher>* matchers = MatchersOf(node)) {
    return std::any_of(matchers->begin(), matchers->end(), [](const Matcher& matcher) {
      return matcher.name() == kMetricName && matcher.type() == MatchType::kEqual;
    });
  }
  if (const PlanPtr* child = PassedOn(node)) return IsDistinct(**child);
  if (const AggregatePlan* aggregate = Folding(node)) return IsDistinct(*aggregate->children[0]);
  return false;
}

// Functions that say something about a metric whatever its values: it must stay selected.
bool Annotates(const PlanNode& node) {
  const auto* call = DynAs<CallPlan>(&node);
  return call != nullptr && call->function->expects_counter;
}
bool LooksLikeCounter(const std::vector<Matcher>& matchers) {
  return std::any_of(matchers.begin(), matchers.end(), [](const Matcher& matcher) {
    if (matcher.name() != kMetricName || matcher.type() != MatchType::kEqual) return false;
    const std::string& name = matcher.value();
    return name.ends_with("_total") || name.ends_with("_sum") || name.ends_with("_count") ||
           name.ends_with("_bucket");
  });
}

// Everything that all series of the node satisfy.
void Collect(PlanNode& node, std::vector<Matcher>* out) {
  if (const std::vector<Matcher>* matchers = MatchersOf(node)) {
    for (const Matcher& matcher : *matchers) {
      if (IsOrdinary(matcher.name())) out->push_back(matcher);
    }
  } else if (const PlanPtr* child = PassedOn(node)) {
    Collect(**child, out);
  } else if (const AggregatePlan* aggregate = Folding(node)) {
    std::vector<Matcher> inner;
    Collect(*aggregate->children[0], &inner);
    for (const Matcher& matcher : inner) {
      if (GroupsBy(*aggregate, matcher.name())) out->push_back(matcher);
    }
  }
}

// Makes all series of the node satisfy `matcher`, as far as that is the same as leaving out those that do not.
void Push(const Matcher& matcher, bool annotated, PlanNode* node) {
  if (std::vector<Matcher>* matchers = MatchersOf(*node)) {
    if (annotated && !LooksLikeCounter(*matchers)) return;
    if (std::find(matchers->begin(), matchers->end(), matcher) != matchers->end()) return;
    matchers->push_back(matcher);
  } else if (const PlanPtr* child = PassedOn(*node)) {
    Push(matcher, annotated || Annotates(*node), child->get());
  } else if (const AggregatePlan* aggregate = Folding(*node)) {
    if (GroupsBy(*aggregate, matcher.name())) Push(matcher, annotated, node->children[0].get());
  }
}

// Whether series that match have the same value of `label`.
bool Compares(const syntax::VectorMatching& matching, const std::string& label) {
  return Listed(matching.labels, label) == matching.on;
}

// Whether no side can have two series of the same signature.
bool SignaturesAreDistinct(const syntax::VectorMatching& matching, const PlanNode& side) {
  if (!matching.on) return matching.labels.empty();
  const AggregatePlan* aggregate = Folding(side);
  return aggregate != nullptr && !aggregate->without &&
         std::all_of(aggregate->grouping.begin(), aggregate->grouping.end(),
                     [&](const std::string& name) { return Listed(matching.labels, name); });
}

void PushAcross(const syntax::VectorMatching& matching, PlanNode& from, PlanNode* to) {
  std::vector<Matcher> matchers;
  Collect(from, &matchers);
  for (const Matcher& matcher : matchers) {
    if (Compares(matching, matcher.name())) Push(matcher, false, to);
  }
}

void Propagate(BinaryPlan* binary) {
  const syntax::VectorMatching& matching = *binary->matching;
  PlanNode& lhs = *binary->children[0];
  PlanNode& rhs = *binary->children[1];
  if (binary->op == BinaryOp::kOr || matching.fill_left || matching.fill_right) return;
  if (!IsDistinct(lhs) || !IsDistinct(rhs)) return;
  if (!syntax::IsSetOperator(binary->op) &&
      (matching.card != Cardinality::kOneToOne || !SignaturesAreDistinct(matching, lhs) ||
       !SignaturesAreDistinct(matching, rhs))) {
    return;
  }
  PushAcross(matching, lhs, &rhs);
  if (binary->op != BinaryOp::kUnless) PushAcross(matching, rhs, &lhs);
}

}  // namespace

void PropagateMatchers(PlanPtr* plan) {
  ForEachOwner(plan, [](PlanPtr* owner) {
    auto* binary = DynAs<BinaryPlan>(owner->get());
    if (binary != nullptr && binary->matching.has_value()) Propagate(binary);
  });
}

}  // namespace silverback::plan

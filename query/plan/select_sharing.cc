#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>
#include <string>

#include "engine/base/hash.h"
#include "query/plan/rewrites.h"

namespace silverback::plan {
namespace {

std::string KeyOf(const std::vector<Matcher>& matchers, const TimeShift& time) {
  std::string key;
  for (const Matcher& matcher : matchers) key += matcher.ToString() + ',';
  const bool fixed = time.at_ms.has_value();
  return key + fmt::format("{} {} {}", time.offset_ms, fixed, fixed ? *time.at_ms : 0);
}

// What the leaf reads, as text; empty where the node is none that can be shared. A range function is a leaf together
// with its selector as long as it has no other arguments.
std::string LeafKey(const PlanNode& node) {
  if (const auto* selector = DynAs<SelectorPlan>(&node)) {
    return fmt::format("selector {} {} {}", KeyOf(selector->matchers, selector->time),
                       selector->smoothed, selector->histogram_stats);
  }
  const auto* call = DynAs<CallPlan>(&node);
  if (call == nullptr || call->function->kind != FunctionKind::kRange) return "";
  if (call->children.size() != 1) return "";
  const auto* matrix = DynAs<MatrixPlan>(call->children[0].get());
  if (matrix == nullptr) return "";
  return fmt::format("{} {} {} {} {} {}", call->name(), KeyOf(matrix->matchers, matrix->time),
                     matrix->range_ms, matrix->anchored, matrix->smoothed, matrix->histogram_stats);
}

uint32_t* ShareOf(PlanNode* node) {
  if (auto* selector = DynAs<SelectorPlan>(node)) return &selector->share;
  return &As<CallPlan>(*node).share;
}

// Calls `visit` for the leaves that are evaluated on the query's own grid, in the order of evaluation.
template <typename Visit>
void ForEachLeaf(PlanNode* node, const Visit& visit) {
  if (node->kind() == PlanKind::kStepInvariant || node->kind() == PlanKind::kSubquery) return;
  const std::string key = LeafKey(*node);
  if (!key.empty()) return visit(key, node);
  const auto* call = DynAs<CallPlan>(node);
  // timestamp(), start_timestamp() and info() read selectors in their own way.
  if (call != nullptr && (call->function->kind == FunctionKind::kTimestamp ||
                          call->function->kind == FunctionKind::kStartTimestamp ||
                          call->function->kind == FunctionKind::kInfo)) {
    return;
  }
  for (const PlanPtr& child : node->children) ForEachLeaf(child.get(), visit);
}

}  // namespace

void ShareSelects(PlanPtr* plan) {
  struct Use {
    uint32_t count = 0;
    uint32_t number = 0;
    PositionRange last_position;
  };
  absl::flat_hash_map<std::string, Use, StringHash, StringEqual> uses;
  uint32_t numbers = 0;
  ForEachLeaf(plan->get(), [&](const std::string& key, PlanNode* leaf) {
    Use& use = uses[key];
    if (++use.count == 2) use.number = ++numbers;
    use.last_position =
        leaf->kind() == PlanKind::kCall ? leaf->children[0]->position : leaf->position;
  });
  ForEachLeaf(plan->get(), [&](const std::string& key, PlanNode* leaf) {
    const Use& use = uses[key];
    if (use.count < 2) return;
    *ShareOf(leaf) = use.number;
    // Of two annotations with the same text the later one's position is shown.
    (leaf->kind() == PlanKind::kCall ? *leaf->children[0] : *leaf).position = use.last_position;
  });
}

}  // namespace silverback::plan

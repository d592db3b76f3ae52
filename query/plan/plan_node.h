// The plan: what the planner makes of a syntax tree, what rewrites change and operators are built from.
//
// Everything that depends on the query's times is resolved in it: durations, `@ start()`, start() and step() are
// numbers, parentheses are gone, and what does not change from step to step stands under a StepInvariantPlan.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/types.h"
#include "engine/labels/label_set.h"
#include "engine/labels/matcher.h"
#include "query/functions/function_table.h"
#include "query/syntax/ast.h"
#include "query/syntax/position_range.h"

namespace silverback::plan {

enum class PlanKind : uint8_t {
  kNumber,
  kString,
  kSelector,
  kMatrix,
  kSubquery,
  kCall,
  kAggregate,
  kBinary,
  kNegate,
  kStepInvariant,
};

class PlanNode;
using PlanPtr = std::unique_ptr<PlanNode>;

/// A node; it owns its children. Changed by rewrites, read-only once operators are built.
class PlanNode {
 public:
  virtual ~PlanNode() = default;
  PlanNode(const PlanNode&) = delete;
  PlanNode& operator=(const PlanNode&) = delete;

  PlanKind kind() const { return kind_; }
  syntax::ValueType type = syntax::ValueType::kVector;
  /// Where it stands in the query, for annotations.
  PositionRange position;
  /// In the order of evaluation; never null.
  std::vector<PlanPtr> children;

 protected:
  explicit PlanNode(PlanKind kind) : kind_(kind) {}

 private:
  PlanKind kind_;
};

/// The node as its concrete type. REQUIRES: it is of that kind.
template <typename T>
const T& As(const PlanNode& node) {
  SB_DCHECK(node.kind() == T::kKind);
  return static_cast<const T&>(node);
}
template <typename T>
T& As(PlanNode& node) {
  SB_DCHECK(node.kind() == T::kKind);
  return static_cast<T&>(node);
}
/// The node as its concrete type, or null when it is of another kind.
template <typename T>
const T* DynAs(const PlanNode* node) {
  return node != nullptr && node->kind() == T::kKind ? static_cast<const T*>(node) : nullptr;
}
template <typename T>
T* DynAs(PlanNode* node) {
  return node != nullptr && node->kind() == T::kKind ? static_cast<T*>(node) : nullptr;
}

struct NumberPlan : PlanNode {
  static constexpr PlanKind kKind = PlanKind::kNumber;
  NumberPlan() : PlanNode(kKind) { type = syntax::ValueType::kScalar; }
  double value = 0;
};

struct StringPlan : PlanNode {
  static constexpr PlanKind kKind = PlanKind::kString;
  StringPlan() : PlanNode(kKind) { type = syntax::ValueType::kString; }
  std::string value;
};

/// When a selector or subquery looks: at `at_ms` (or else at the step) less `offset_ms`.
struct TimeShift {
  int64_t offset_ms = 0;
  std::optional<TimestampMs> at_ms;
  friend bool operator==(const TimeShift&, const TimeShift&) = default;

  /// The instant that is looked at for step `step_ms`. Saturates.
  TimestampMs Apply(TimestampMs step_ms) const;
};

/// An instant vector selector; `smoothed` interpolates.
struct SelectorPlan : PlanNode {
  static constexpr PlanKind kKind = PlanKind::kSelector;
  SelectorPlan() : PlanNode(kKind) {}
  std::vector<Matcher> matchers;
  TimeShift time;
  bool smoothed = false;
  /// Of native histograms nothing but counts and sums is asked for.
  bool histogram_stats = false;
  /// Nobody looks at the values of floats: only whether they are there (`MarkPresence`).
  bool presence = false;
  /// Leaves with the same number (not 0) read the same and may be read once (`ShareSelects`).
  uint32_t share = 0;
};

/// A range vector selector.
struct MatrixPlan : PlanNode {
  static constexpr PlanKind kKind = PlanKind::kMatrix;
  MatrixPlan() : PlanNode(kKind) { type = syntax::ValueType::kMatrix; }
  std::vector<Matcher> matchers;
  TimeShift time;
  int64_t range_ms = 0;
  bool anchored = false;
  bool smoothed = false;
  bool histogram_stats = false;  // as SelectorPlan::histogram_stats
};

/// `child[range:step]`: child 0 is evaluated on the subquery's own grid.
struct SubqueryPlan : PlanNode {
  static constexpr PlanKind kKind = PlanKind::kSubquery;
  SubqueryPlan() : PlanNode(kKind) { type = syntax::ValueType::kMatrix; }
  int64_t range_ms = 0;
  int64_t step_ms = 0;  // > 0
  TimeShift time;
};

/// A function call; the children are its arguments.
struct CallPlan : PlanNode {
  static constexpr PlanKind kKind = PlanKind::kCall;
  CallPlan() : PlanNode(kKind) {}
  const FunctionInfo* function = nullptr;  // static storage
  /// Of absent() and absent_over_time(): the labels of the answer.
  LabelSet absent_labels;
  /// Of a call over a matrix selector: as SelectorPlan::share.
  uint32_t share = 0;
  std::string_view name() const { return function->name; }
};

/// An aggregation: child 0 is what is aggregated, child 1, where there is one, the parameter.
struct AggregatePlan : PlanNode {
  static constexpr PlanKind kKind = PlanKind::kAggregate;
  AggregatePlan() : PlanNode(kKind) {}
  syntax::AggregateOp op = syntax::AggregateOp::kSum;
  std::vector<std::string> grouping;  // sorted
  bool without = false;
  const PlanNode& child() const { return *children[0]; }
  const PlanNode* param() const { return children.size() > 1 ? children[1].get() : nullptr; }
};

/// A binary operation of children 0 and 1.
struct BinaryPlan : PlanNode {
  static constexpr PlanKind kKind = PlanKind::kBinary;
  BinaryPlan() : PlanNode(kKind) {}
  syntax::BinaryOp op = syntax::BinaryOp::kAdd;
  bool return_bool = false;
  std::optional<syntax::VectorMatching> matching;  // set when both sides are vectors
};

/// Unary minus.
struct NegatePlan : PlanNode {
  static constexpr PlanKind kKind = PlanKind::kNegate;
  NegatePlan() : PlanNode(kKind) {}
};

/// Child 0 is evaluated once, at the first step, and holds for all steps.
struct StepInvariantPlan : PlanNode {
  static constexpr PlanKind kKind = PlanKind::kStepInvariant;
  StepInvariantPlan() : PlanNode(kKind) {}
};

/// Calls `visit(owner)` for the owner of every node of the tree, children first.
template <typename Visit>
void ForEachOwner(PlanPtr* root, const Visit& visit) {
  for (PlanPtr& child : (*root)->children) ForEachOwner(&child, visit);
  visit(root);
}

/// A node in a few words, without its children.
std::string Describe(const PlanNode& node);

/// The plan as an indented tree, a line a node.
std::string Explain(const PlanNode& root);

/// Sums and differences of times that stop at the ends of int64 rather than overflow.
int64_t SaturatingAdd(int64_t a, int64_t b);
int64_t SaturatingSub(int64_t a, int64_t b);

}  // namespace silverback::plan

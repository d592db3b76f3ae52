#include "query/plan/planner.h"

#include <algorithm>
#include <utility>

#include "query/functions/label_functions.h"
#include "query/plan/binary_functions.h"
#include "query/syntax/durations.h"

namespace silverback::plan {
namespace {

using syntax::Expr;
using syntax::NodeKind;

PositionRange PositionOf(const Expr& expr) {
  return {expr.position.start, expr.position.end};
}

// A plan and what is known about how it changes from step to step. `wrap`: it pays (and is right) to evaluate it under
// a StepInvariantPlan; matrices, subqueries and literals never need it.
struct Planned {
  PlanPtr node;
  bool invariant = false;
  bool wrap = false;
};

PlanPtr WrapStepInvariant(PlanPtr child) {
  auto node = std::make_unique<StepInvariantPlan>();
  node->type = child->type;
  node->position = child->position;
  node->children.push_back(std::move(child));
  return node;
}

PlanPtr WrapIfWorthwhile(Planned planned) {
  return planned.wrap ? WrapStepInvariant(std::move(planned.node)) : std::move(planned.node);
}

// The labels of absent() over `arg`: what a plain selector fixes.
LabelSet LabelsWhenAbsent(const Expr& arg) {
  if (const auto* selector = syntax::DynAs<syntax::VectorSelector>(&arg)) {
    return AbsentLabels(selector->matchers);
  }
  if (const auto* matrix = syntax::DynAs<syntax::MatrixSelector>(&arg)) {
    return AbsentLabels(matrix->selector->matchers);
  }
  return {};
}

class Planner {
 public:
  explicit Planner(const PlanContext& context) : context_(context) {}

  Planned Plan(const Expr& expr) const {
    switch (expr.kind()) {
      case NodeKind::kNumber:
        return Number(expr, syntax::As<syntax::NumberLiteral>(expr).value);
      case NodeKind::kString:
        return String(syntax::As<syntax::StringLiteral>(expr));
      case NodeKind::kVectorSelector:
        return Selector(syntax::As<syntax::VectorSelector>(expr));
      case NodeKind::kMatrixSelector:
        return Matrix(syntax::As<syntax::MatrixSelector>(expr));
      case NodeKind::kSubquery:
        return Subquery(syntax::As<syntax::SubqueryExpr>(expr));
      case NodeKind::kUnary:
        return Unary(syntax::As<syntax::UnaryExpr>(expr));
      case NodeKind::kBinary:
        return Binary(syntax::As<syntax::BinaryExpr>(expr));
      case NodeKind::kAggregate:
        return Aggregate(syntax::As<syntax::AggregateExpr>(expr));
      case NodeKind::kCall:
        return Call(syntax::As<syntax::Call>(expr));
      case NodeKind::kParen:
        return Plan(*syntax::As<syntax::ParenExpr>(expr).expr);
      case NodeKind::kDuration:
        break;
    }
    SB_CHECK(false);  // durations are no children
    return {};
  }

 private:
  Planned Number(const Expr& expr, double value) const {
    auto node = std::make_unique<NumberPlan>();
    node->position = PositionOf(expr);
    node->value = value;
    return {std::move(node), true, false};
  }

  Planned String(const syntax::StringLiteral& expr) const {
    auto node = std::make_unique<StringPlan>();
    node->position = PositionOf(expr);
    node->value = expr.value;
    return {std::move(node), true, false};
  }

  TimeShift Shift(const syntax::TimeModifiers& time) const {
    TimeShift shift;
    shift.offset_ms = time.original_offset_ms;
    shift.at_ms = time.timestamp_ms;
    if (time.at == syntax::AtModifier::kStart) shift.at_ms = context_.grid.start_ms;
    if (time.at == syntax::AtModifier::kEnd) shift.at_ms = context_.grid.end_ms;
    return shift;
  }

  Planned Selector(const syntax::VectorSelector& expr) const {
    auto node = std::make_unique<SelectorPlan>();
    node->position = PositionOf(expr);
    node->matchers = expr.matchers;
    node->time = Shift(expr.time);
    node->smoothed = expr.smoothed;
    const bool fixed = node->time.at_ms.has_value();
    return {std::move(node), fixed, fixed};
  }

  Planned Matrix(const syntax::MatrixSelector& expr) const {
    auto node = std::make_unique<MatrixPlan>();
    node->position = PositionOf(expr);
    node->matchers = expr.selector->matchers;
    node->time = Shift(expr.selector->time);
    node->range_ms = expr.range_ms;
    node->anchored = expr.selector->anchored;
    node->smoothed = expr.selector->smoothed;
    const bool fixed = node->time.at_ms.has_value();
    return {std::move(node), fixed, false};
  }

  Planned Subquery(const syntax::SubqueryExpr& expr) const {
    auto node = std::make_unique<SubqueryPlan>();
    node->position = PositionOf(expr);
    Planned child = Plan(*expr.expr);
    node->children.push_back(child.invariant ? WrapStepInvariant(std::move(child.node))
                                             : std::move(child.node));
    node->range_ms = expr.range_ms;
    node->step_ms = expr.step_ms != 0 ? expr.step_ms : context_.default_subquery_step_ms;
    node->time = Shift(expr.time);
    const bool fixed = node->time.at_ms.has_value();
    return {std::move(node), fixed, false};
  }

  Planned Unary(const syntax::UnaryExpr& expr) const {
    Planned child = Plan(*expr.expr);
    if (expr.op == syntax::UnaryOp::kPlus) return child;
    auto node = std::make_unique<NegatePlan>();
    node->position = PositionOf(expr);
    node->type = child.node->type;
    node->children.push_back(std::move(child.node));
    return {std::move(node), child.invariant, child.wrap};
  }

  Planned Binary(const syntax::BinaryExpr& expr) const {
    auto node = std::make_unique<BinaryPlan>();
    node->position = PositionOf(expr);
    node->type = expr.type();
    node->op = expr.op;
    node->return_bool = expr.return_bool;
    node->matching = expr.matching;
    Planned lhs = Plan(*expr.lhs);
    Planned rhs = Plan(*expr.rhs);
    if (lhs.invariant && rhs.invariant) {
      node->children.push_back(std::move(lhs.node));
      node->children.push_back(std::move(rhs.node));
      return {std::move(node), true, true};
    }
    node->children.push_back(WrapIfWorthwhile(std::move(lhs)));
    node->children.push_back(WrapIfWorthwhile(std::move(rhs)));
    return {std::move(node), false, false};
  }

  Planned Aggregate(const syntax::AggregateExpr& expr) const {
    auto node = std::make_unique<AggregatePlan>();
    node->position = PositionOf(expr);
    node->op = expr.op;
    node->grouping = expr.grouping;
    std::sort(node->grouping.begin(), node->grouping.end());
    node->without = expr.without;
    // Upstream judges by what is aggregated alone, whatever the parameter: an aggregation over `x @ 0` takes its
    // parameter at the first step.
    Planned child = Plan(syntax::StripParens(*expr.expr));
    node->children.push_back(std::move(child.node));
    if (expr.param != nullptr) {
      node->children.push_back(Plan(syntax::StripParens(*expr.param)).node);
    }
    return {std::move(node), child.invariant, child.wrap};
  }

  // start(), end(), range() and step() are numbers once the query's times are known.
  bool QueryContextValue(std::string_view function, double* value) const {
    const StepGrid& grid = context_.grid;
    if (function == "start") {
      *value = static_cast<double>(grid.start_ms) / 1000;
    } else if (function == "end") {
      *value = static_cast<double>(grid.end_ms) / 1000;
    } else if (function == "range") {
      *value = static_cast<double>(grid.end_ms - grid.start_ms) / 1000;
    } else if (function == "step") {
      const bool one_step = context_.instant || grid.start_ms == grid.end_ms;
      *value = one_step ? 0 : static_cast<double>(grid.step_ms) / 1000;
    } else {
      return false;
    }
    return true;
  }

  Planned Call(const syntax::Call& expr) const {
    double value = 0;
    if (QueryContextValue(expr.function->name, &value)) return Number(expr, value);

    auto node = std::make_unique<CallPlan>();
    node->position = PositionOf(expr);
    node->function = FindFunctionInfo(expr.function->name);
    SB_CHECK(node->function != nullptr);
    node->type = expr.function->return_type;
    bool invariant = !node->function->uses_eval_time;
    // timestamp(x @ 1) reads the sample's own time; timestamp(abs(x @ 1)) the step's.
    bool timestamp_of_fixed = node->function->kind == FunctionKind::kTimestamp;
    std::vector<Planned> args;
    for (const syntax::ExprPtr& arg : expr.args) {
      const Expr& stripped = syntax::StripParens(*arg);
      args.push_back(Plan(stripped));
      invariant = invariant && args.back().invariant;
      if (!args.back().invariant || stripped.kind() != NodeKind::kVectorSelector) {
        timestamp_of_fixed = false;
      }
    }
    if (node->function->kind == FunctionKind::kAbsent ||
        node->function->kind == FunctionKind::kAbsentOverTime) {
      node->absent_labels = LabelsWhenAbsent(syntax::StripParens(*expr.args[0]));
    }
    if (invariant || timestamp_of_fixed) {
      for (Planned& arg : args) node->children.push_back(std::move(arg.node));
      return {std::move(node), true, true};
    }
    for (Planned& arg : args) node->children.push_back(WrapIfWorthwhile(std::move(arg)));
    return {std::move(node), false, false};
  }

  const PlanContext& context_;
};

enum class Buckets : uint8_t { kUnasked, kNotWanted, kWanted };

// Below histogram_count() and its kin selectors need no buckets, unless something further up does. Subqueries look for
// resets themselves, which takes buckets.
void MarkHistogramStats(PlanNode* node, Buckets buckets) {
  if (auto* selector = DynAs<SelectorPlan>(node)) {
    selector->histogram_stats = buckets == Buckets::kNotWanted;
  } else if (auto* matrix = DynAs<MatrixPlan>(node)) {
    matrix->histogram_stats = buckets == Buckets::kNotWanted;
  }
  const auto* call = DynAs<CallPlan>(node);
  const auto* binary = DynAs<BinaryPlan>(node);
  const bool wanted =
      node->kind() == PlanKind::kSubquery || (binary != nullptr && IsTrim(binary->op)) ||
      (call != nullptr && (call->function->kind == FunctionKind::kHistogramQuantile ||
                           call->function->kind == FunctionKind::kHistogramQuantiles ||
                           call->function->kind == FunctionKind::kHistogramFraction));
  if (wanted) buckets = Buckets::kWanted;
  const bool statistics = call != nullptr && call->function->histogram_stats;
  if (statistics && buckets == Buckets::kUnasked) buckets = Buckets::kNotWanted;
  for (const PlanPtr& child : node->children) MarkHistogramStats(child.get(), buckets);
}

}  // namespace

StatusOr<PlanPtr> MakePlan(syntax::Expr* expr, const PlanContext& context) {
  const int64_t step_ms = context.instant ? 0 : context.grid.step_ms;
  RETURN_IF_ERROR(
      syntax::ResolveDurations(expr, step_ms, context.grid.end_ms - context.grid.start_ms));
  PlanPtr plan = WrapIfWorthwhile(Planner(context).Plan(*expr));
  MarkHistogramStats(plan.get(), Buckets::kUnasked);
  return plan;
}

}  // namespace silverback::plan

#include "query/exec/operator_builder.h"

#include <cmath>
#include <utility>

#include "engine/base/check.h"
#include "query/exec/absent.h"
#include "query/exec/aggregate.h"
#include "query/exec/count_values.h"
#include "query/exec/histogram.h"
#include "query/exec/info.h"
#include "query/exec/limiting_aggregate.h"
#include "query/exec/measured_operator.h"
#include "query/exec/range_function.h"
#include "query/exec/scalar_operators.h"
#include "query/exec/set_operators.h"
#include "query/exec/shared_leaf.h"
#include "query/exec/sort.h"
#include "query/exec/vector_binary.h"
#include "query/exec/vector_functions.h"
#include "query/exec/vector_scalar.h"
#include "query/exec/vector_selector.h"

namespace silverback::exec {
namespace {

using plan::PlanKind;
using plan::PlanNode;
using syntax::ValueType;

bool IsRange(const PlanNode& node) {
  return node.type == ValueType::kMatrix;
}

const std::string& StringArgument(const PlanNode& node) {
  return plan::As<plan::StringPlan>(node).value;
}

// Builds the nodes of one grid.
class Builder {
 public:
  Builder(QueryContext* query, const StepGrid& grid, SampleCounter* counter)
      : query_(query), grid_(grid), counter_(counter) {}

  StatusOr<OperatorPtr> Build(const PlanNode& node) const {
    if (query_->profile == nullptr) return BuildPlain(node);
    OperatorProfile* profile =
        query_->profile->children.emplace_back(std::make_unique<OperatorProfile>()).get();
    profile->name = plan::Describe(node);
    for (const plan::PlanPtr& child : node.children) {
      if (child->type == ValueType::kMatrix) profile->name += " over " + plan::Describe(*child);
    }
    const ProfileScope scope(query_, profile);
    ASSIGN_OR_RETURN(OperatorPtr plain, BuildPlain(node));
    return NewMeasured(query_, std::move(plain), profile);
  }

 private:
  StatusOr<OperatorPtr> BuildPlain(const PlanNode& node) const {
    switch (node.kind()) {
      case PlanKind::kNumber:
        return NewNumber(query_, grid_, plan::As<plan::NumberPlan>(node).value);
      case PlanKind::kSelector:
        return NewVectorSelector(query_, grid_, plan::As<plan::SelectorPlan>(node), counter_);
      case PlanKind::kCall:
        return Call(plan::As<plan::CallPlan>(node));
      case PlanKind::kAggregate:
        return Aggregate(plan::As<plan::AggregatePlan>(node));
      case PlanKind::kBinary:
        return Binary(plan::As<plan::BinaryPlan>(node));
      case PlanKind::kNegate: {
        ASSIGN_OR_RETURN(OperatorPtr child, Build(*node.children[0]));
        return NewNegate(query_, grid_, std::move(child));
      }
      case PlanKind::kStepInvariant:
        return StepInvariant(node);
      case PlanKind::kString:
      case PlanKind::kMatrix:
      case PlanKind::kSubquery:
        break;
    }
    SB_CHECK(false);  // type-checked: these stand where their parents handle them
    return OperatorPtr();
  }

  OperatorPtr Selector(const plan::SelectorPlan& node) const {
    if (node.share == 0) return NewVectorSelector(query_, grid_, node, counter_);
    return NewSharedReader(query_, grid_, node.share, counter_,
                           [query = query_, grid = grid_, &node](SampleCounter* counter) {
                             return NewVectorSelector(query, grid, node, counter);
                           });
  }

  StatusOr<OperatorPtr> StepInvariant(const PlanNode& node) const {
    const StepGrid first{grid_.start_ms, grid_.start_ms, grid_.step_ms};
    SampleCounter* counter =
        query_->NewCounter(counter_, SampleCounter::Relation::kEveryStep, first);
    ASSIGN_OR_RETURN(OperatorPtr child, Builder(query_, first, counter).Build(*node.children[0]));
    return NewStepInvariant(query_, grid_, std::move(child));
  }

  StatusOr<OperatorPtr> Aggregate(const plan::AggregatePlan& node) const {
    OperatorPtr parameter;
    const bool has_operator = node.param() != nullptr && node.param()->type != ValueType::kString;
    if (has_operator) {
      ASSIGN_OR_RETURN(parameter, Build(*node.param()));
    }
    ASSIGN_OR_RETURN(OperatorPtr child, Build(node.child()));
    switch (node.op) {
      case syntax::AggregateOp::kTopk:
      case syntax::AggregateOp::kBottomk:
        return NewTopK(query_, grid_, node, std::move(child), std::move(parameter));
      case syntax::AggregateOp::kLimitk:
        return NewLimitK(query_, grid_, node, std::move(child), std::move(parameter));
      case syntax::AggregateOp::kLimitRatio:
        return NewLimitRatio(query_, grid_, node, std::move(child), std::move(parameter));
      case syntax::AggregateOp::kCountValues:
        return NewCountValues(query_, grid_, node, std::move(child), StringArgument(*node.param()));
      default:
        return NewAggregate(query_, grid_, node, std::move(child), std::move(parameter));
    }
  }

  StatusOr<OperatorPtr> Binary(const plan::BinaryPlan& node) const {
    ASSIGN_OR_RETURN(OperatorPtr lhs, Build(*node.children[0]));
    ASSIGN_OR_RETURN(OperatorPtr rhs, Build(*node.children[1]));
    const bool left_scalar = node.children[0]->type == ValueType::kScalar;
    const bool right_scalar = node.children[1]->type == ValueType::kScalar;
    if (left_scalar && right_scalar) {
      return NewScalarBinary(query_, grid_, node.op, std::move(lhs), std::move(rhs));
    }
    if (left_scalar) {
      return NewVectorScalar(query_, grid_, node, std::move(rhs), std::move(lhs), true);
    }
    if (right_scalar) {
      return NewVectorScalar(query_, grid_, node, std::move(lhs), std::move(rhs), false);
    }
    if (syntax::IsSetOperator(node.op)) {
      return NewSetOperator(query_, grid_, node, std::move(lhs), std::move(rhs));
    }
    return NewVectorBinary(query_, grid_, node, std::move(lhs), std::move(rhs));
  }

  // The scalar arguments from `first` on, in the order of the call.
  StatusOr<ScalarArguments> Scalars(const plan::CallPlan& call, size_t first = 0) const {
    std::vector<OperatorPtr> scalars;
    for (size_t i = first; i < call.children.size(); ++i) {
      if (call.children[i]->type != ValueType::kScalar) continue;
      ASSIGN_OR_RETURN(OperatorPtr scalar, Build(*call.children[i]));
      scalars.push_back(std::move(scalar));
    }
    return ScalarArguments(std::move(scalars));
  }

  StatusOr<OperatorPtr> RangeCall(const plan::CallPlan& call) const {
    ASSIGN_OR_RETURN(ScalarArguments scalars, Scalars(call));
    for (const plan::PlanPtr& arg : call.children) {
      if (!IsRange(*arg)) continue;
      if (const auto* matrix = plan::DynAs<plan::MatrixPlan>(arg.get())) {
        if (call.share == 0) {
          return NewMatrixFunction(query_, grid_, call, *matrix, std::move(scalars), counter_);
        }
        return NewSharedReader(
            query_, grid_, call.share, counter_,
            [query = query_, grid = grid_, &call, matrix](SampleCounter* counter) {
              return NewMatrixFunction(query, grid, call, *matrix, ScalarArguments(), counter);
            });
      }
      return SubqueryCall(call, plan::As<plan::SubqueryPlan>(*arg), std::move(scalars));
    }
    SB_CHECK(false);  // range functions have a range argument
    return OperatorPtr();
  }

  StatusOr<OperatorPtr> SubqueryCall(const plan::CallPlan& call, const plan::SubqueryPlan& subquery,
                                     ScalarArguments scalars) const {
    StepGrid child_grid;
    if (!SubqueryGrid(subquery, grid_, &child_grid)) return NewEmpty(query_, grid_);
    SampleCounter* counter = query_->NewSubqueryCounter(
        counter_, child_grid, {subquery.time.offset_ms, subquery.range_ms});
    ASSIGN_OR_RETURN(OperatorPtr child,
                     BuildOperator(query_, *subquery.children[0], child_grid, counter));
    return NewSubqueryFunction(query_, grid_, call, subquery, std::move(child), std::move(scalars),
                               counter_);
  }

  StatusOr<OperatorPtr> Timestamp(const plan::CallPlan& call) const {
    if (const auto* selector = plan::DynAs<plan::SelectorPlan>(call.children[0].get())) {
      return NewTimestampSelector(query_, grid_, *selector, counter_);
    }
    ASSIGN_OR_RETURN(OperatorPtr child, Build(*call.children[0]));
    return NewStepTimestamp(query_, grid_, std::move(child));
  }

  // Of anything but a selector there are no start timestamps.
  StatusOr<OperatorPtr> StartTimestamp(const plan::CallPlan& call) const {
    const auto* selector = plan::DynAs<plan::SelectorPlan>(call.children[0].get());
    if (selector != nullptr && query_->use_start_timestamps) {
      return NewStartSelector(query_, grid_, *selector, counter_);
    }
    ASSIGN_OR_RETURN(OperatorPtr child, Build(*call.children[0]));
    return NewNothing(query_, grid_, std::move(child));
  }

  StatusOr<OperatorPtr> Histogram(const plan::CallPlan& call) const {
    HistogramCall histogram;
    histogram.kind = call.function->kind;
    const PlanNode* buckets = nullptr;
    for (const plan::PlanPtr& arg : call.children) {
      if (arg->type == ValueType::kScalar) histogram.scalar_positions.push_back(arg->position);
      if (arg->type == ValueType::kString) histogram.quantile_label = StringArgument(*arg);
      if (arg->type == ValueType::kVector) buckets = arg.get();
    }
    histogram.position = buckets->position;
    ASSIGN_OR_RETURN(ScalarArguments scalars, Scalars(call));
    ASSIGN_OR_RETURN(OperatorPtr child, Build(*buckets));
    return NewHistogramFunction(query_, grid_, std::move(histogram), std::move(child),
                                std::move(scalars));
  }

  StatusOr<OperatorPtr> LabelCall(const plan::CallPlan& call) const {
    std::vector<std::string> strings;
    for (size_t i = 1; i < call.children.size(); ++i) {
      strings.push_back(StringArgument(*call.children[i]));
    }
    if (call.function->kind == FunctionKind::kLabelReplace) {
      ASSIGN_OR_RETURN(LabelReplacer replacer,
                       LabelReplacer::Create(strings[0], strings[1], strings[2], strings[3]));
      ASSIGN_OR_RETURN(OperatorPtr child, Build(*call.children[0]));
      return NewLabelReplace(query_, grid_, std::move(child), std::move(replacer));
    }
    ASSIGN_OR_RETURN(LabelJoiner joiner, LabelJoiner::Create(strings[0], strings[1],
                                                             {strings.begin() + 2, strings.end()}));
    ASSIGN_OR_RETURN(OperatorPtr child, Build(*call.children[0]));
    return NewLabelJoin(query_, grid_, std::move(child), std::move(joiner));
  }

  StatusOr<OperatorPtr> SortCall(const plan::CallPlan& call) const {
    std::vector<std::string> names;
    for (size_t i = 1; i < call.children.size(); ++i) {
      names.push_back(StringArgument(*call.children[i]));
    }
    ASSIGN_OR_RETURN(OperatorPtr child, Build(*call.children[0]));
    return NewSort(query_, grid_, call.function->kind, std::move(child), std::move(names),
                   call.position);
  }

  StatusOr<OperatorPtr> InfoCall(const plan::CallPlan& call) const {
    std::vector<Matcher> selector;
    if (call.children.size() > 1) {
      selector = plan::As<plan::SelectorPlan>(*call.children[1]).matchers;
    }
    const plan::TimeShift time = InfoTime(*call.children[0]);
    ASSIGN_OR_RETURN(OperatorPtr base, Build(*call.children[0]));
    return NewInfo(query_, grid_, std::move(base), std::move(selector), time, counter_);
  }

  // A function of the vector that is its first argument, which may be left out: then it is the step's time.
  StatusOr<OperatorPtr> FirstOrTime(const plan::CallPlan& call) const {
    if (call.children.empty()) return NewTime(query_, grid_);
    return Build(*call.children[0]);
  }

  StatusOr<OperatorPtr> Call(const plan::CallPlan& call) const {
    const FunctionInfo& function = *call.function;
    switch (function.kind) {
      case FunctionKind::kRange:
        return RangeCall(call);
      case FunctionKind::kAbsentOverTime: {
        ASSIGN_OR_RETURN(OperatorPtr present, RangeCall(call));
        return NewAbsent(query_, grid_, std::move(present), call.absent_labels);
      }
      case FunctionKind::kTimestamp:
        return Timestamp(call);
      case FunctionKind::kStartTimestamp:
        return StartTimestamp(call);
      case FunctionKind::kHistogramQuantile:
      case FunctionKind::kHistogramQuantiles:
      case FunctionKind::kHistogramFraction:
        return Histogram(call);
      case FunctionKind::kLabelReplace:
      case FunctionKind::kLabelJoin:
        return LabelCall(call);
      case FunctionKind::kSort:
      case FunctionKind::kSortDesc:
      case FunctionKind::kSortByLabel:
      case FunctionKind::kSortByLabelDesc:
        return SortCall(call);
      case FunctionKind::kInfo:
        return InfoCall(call);
      case FunctionKind::kTime:
        return NewTime(query_, grid_);
      case FunctionKind::kPi:
        return NewNumber(query_, grid_, M_PI);
      case FunctionKind::kScalarPair: {
        ASSIGN_OR_RETURN(OperatorPtr lhs, Build(*call.children[0]));
        ASSIGN_OR_RETURN(OperatorPtr rhs, Build(*call.children[1]));
        return NewScalarPair(query_, grid_, function.scalar_pair, std::move(lhs), std::move(rhs));
      }
      case FunctionKind::kVector:
        return Build(*call.children[0]);
      case FunctionKind::kQueryContext:
        break;  // a number since planning
      case FunctionKind::kElementwise:
      case FunctionKind::kDate:
      case FunctionKind::kNativeHistogram:
      case FunctionKind::kAbsent:
      case FunctionKind::kScalar:
        return OfVector(call);
    }
    SB_CHECK(false);
    return OperatorPtr();
  }

  StatusOr<OperatorPtr> OfVector(const plan::CallPlan& call) const {
    const FunctionInfo& function = *call.function;
    ASSIGN_OR_RETURN(OperatorPtr child, FirstOrTime(call));
    switch (function.kind) {
      case FunctionKind::kElementwise: {
        ASSIGN_OR_RETURN(ScalarArguments scalars, Scalars(call, 1));
        return NewElementwise(query_, grid_, function, std::move(child), std::move(scalars));
      }
      case FunctionKind::kDate:
        return NewDate(query_, grid_, function, std::move(child));
      case FunctionKind::kNativeHistogram:
        return NewHistogramNumber(query_, grid_, function, std::move(child));
      case FunctionKind::kAbsent:
        return NewAbsent(query_, grid_, std::move(child), call.absent_labels);
      default:
        return NewVectorToScalar(query_, grid_, std::move(child));
    }
  }

  QueryContext* query_;
  const StepGrid grid_;
  SampleCounter* counter_;
};

}  // namespace

Status CheckGrid(const QueryContext& query, const StepGrid& grid) {
  const uint64_t column_bytes = grid.steps() * sizeof(double);
  if (column_bytes > query.budget.memory_limit() / 4) {
    return ResourceExhausted(
        "query processing would use more memory than allowed in query execution: an evaluation "
        "at {} steps (limit {} bytes, --query.max-memory)",
        grid.steps(), query.budget.memory_limit());
  }
  return absl::OkStatus();
}

StatusOr<OperatorPtr> BuildOperator(QueryContext* query, const plan::PlanNode& plan,
                                    const StepGrid& grid, SampleCounter* counter) {
  RETURN_IF_ERROR(CheckGrid(*query, grid));
  return Builder(query, grid, counter).Build(plan);
}

}  // namespace silverback::exec

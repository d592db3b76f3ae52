#include "query/syntax/ast.h"

namespace silverback::syntax {
namespace {

template <typename T>
std::unique_ptr<T> NewLike(const T& from) {
  auto copy = std::make_unique<T>();
  copy->position = from.position;
  copy->depth = from.depth;
  return copy;
}

ExprPtr CloneOrNull(const ExprPtr& expr) {
  return expr == nullptr ? nullptr : Clone(*expr);
}

std::unique_ptr<DurationExpr> CloneDuration(const DurationExpr& from) {
  auto copy = NewLike(from);
  copy->op = from.op;
  copy->lhs = CloneOrNull(from.lhs);
  copy->rhs = CloneOrNull(from.rhs);
  copy->wrapped = from.wrapped;
  return copy;
}

TimeModifiers CloneTime(const TimeModifiers& from) {
  return {.original_offset_ms = from.original_offset_ms,
          .offset_expr = Clone(from.offset_expr),
          .timestamp_ms = from.timestamp_ms,
          .at = from.at};
}

std::unique_ptr<VectorSelector> CloneSelector(const VectorSelector& from) {
  auto copy = NewLike(from);
  copy->name = from.name;
  copy->matchers = from.matchers;
  copy->time = CloneTime(from.time);
  copy->anchored = from.anchored;
  copy->smoothed = from.smoothed;
  copy->bypass_empty_matcher_check = from.bypass_empty_matcher_check;
  return copy;
}

ExprPtr CloneMatrix(const MatrixSelector& from) {
  auto copy = NewLike(from);
  copy->selector = CloneSelector(*from.selector);
  copy->range_ms = from.range_ms;
  copy->range_expr = Clone(from.range_expr);
  return copy;
}

ExprPtr CloneSubquery(const SubqueryExpr& from) {
  auto copy = NewLike(from);
  copy->expr = CloneOrNull(from.expr);
  copy->range_ms = from.range_ms;
  copy->range_expr = Clone(from.range_expr);
  copy->step_ms = from.step_ms;
  copy->step_expr = Clone(from.step_expr);
  copy->time = CloneTime(from.time);
  return copy;
}

ExprPtr CloneBinary(const BinaryExpr& from) {
  auto copy = NewLike(from);
  copy->op = from.op;
  copy->lhs = CloneOrNull(from.lhs);
  copy->rhs = CloneOrNull(from.rhs);
  copy->return_bool = from.return_bool;
  copy->matching = from.matching;
  return copy;
}

ExprPtr CloneAggregate(const AggregateExpr& from) {
  auto copy = NewLike(from);
  copy->op = from.op;
  copy->expr = CloneOrNull(from.expr);
  copy->param = CloneOrNull(from.param);
  copy->grouping = from.grouping;
  copy->without = from.without;
  return copy;
}

ExprPtr CloneCall(const Call& from) {
  auto copy = NewLike(from);
  copy->function = from.function;
  for (const ExprPtr& arg : from.args) copy->args.push_back(CloneOrNull(arg));
  return copy;
}

}  // namespace

std::string_view ValueTypeName(ValueType type) {
  switch (type) {
    case ValueType::kNone:
      return "none";
    case ValueType::kScalar:
      return "scalar";
    case ValueType::kVector:
      return "vector";
    case ValueType::kMatrix:
      return "matrix";
    case ValueType::kString:
      return "string";
  }
  return "";
}

std::string_view DocumentedTypeName(ValueType type) {
  switch (type) {
    case ValueType::kVector:
      return "instant vector";
    case ValueType::kMatrix:
      return "range vector";
    default:
      return ValueTypeName(type);
  }
}

ValueType Expr::type() const {
  switch (kind_) {
    case NodeKind::kNumber:
    case NodeKind::kDuration:
      return ValueType::kScalar;
    case NodeKind::kString:
      return ValueType::kString;
    case NodeKind::kVectorSelector:
    case NodeKind::kAggregate:
      return ValueType::kVector;
    case NodeKind::kMatrixSelector:
    case NodeKind::kSubquery:
      return ValueType::kMatrix;
    case NodeKind::kUnary:
      return As<UnaryExpr>(*this).expr->type();
    case NodeKind::kParen:
      return As<ParenExpr>(*this).expr->type();
    case NodeKind::kCall:
      return As<Call>(*this).function->return_type;
    case NodeKind::kBinary: {
      const auto& binary = As<BinaryExpr>(*this);
      const bool scalar =
          binary.lhs->type() == ValueType::kScalar && binary.rhs->type() == ValueType::kScalar;
      return scalar ? ValueType::kScalar : ValueType::kVector;
    }
  }
  return ValueType::kNone;
}

bool IsComparison(BinaryOp op) {
  return op >= BinaryOp::kEqual && op <= BinaryOp::kGreaterOrEqual;
}

bool IsSetOperator(BinaryOp op) {
  return op >= BinaryOp::kAnd;
}

std::string_view BinaryOpName(BinaryOp op) {
  switch (op) {
    case BinaryOp::kAdd:
      return "+";
    case BinaryOp::kSub:
      return "-";
    case BinaryOp::kMul:
      return "*";
    case BinaryOp::kDiv:
      return "/";
    case BinaryOp::kMod:
      return "%";
    case BinaryOp::kPow:
      return "^";
    case BinaryOp::kAtan2:
      return "atan2";
    case BinaryOp::kEqual:
      return "==";
    case BinaryOp::kNotEqual:
      return "!=";
    case BinaryOp::kLess:
      return "<";
    case BinaryOp::kLessOrEqual:
      return "<=";
    case BinaryOp::kGreater:
      return ">";
    case BinaryOp::kGreaterOrEqual:
      return ">=";
    case BinaryOp::kTrimUpper:
      return "</";
    case BinaryOp::kTrimLower:
      return ">/";
    case BinaryOp::kAnd:
      return "and";
    case BinaryOp::kOr:
      return "or";
    case BinaryOp::kUnless:
      return "unless";
  }
  return "";
}

std::string_view CardinalityName(Cardinality card) {
  switch (card) {
    case Cardinality::kOneToOne:
      return "one-to-one";
    case Cardinality::kManyToOne:
      return "many-to-one";
    case Cardinality::kOneToMany:
      return "one-to-many";
    case Cardinality::kManyToMany:
      return "many-to-many";
  }
  return "";
}

std::string_view AggregateOpName(AggregateOp op) {
  switch (op) {
    case AggregateOp::kSum:
      return "sum";
    case AggregateOp::kAvg:
      return "avg";
    case AggregateOp::kCount:
      return "count";
    case AggregateOp::kMin:
      return "min";
    case AggregateOp::kMax:
      return "max";
    case AggregateOp::kGroup:
      return "group";
    case AggregateOp::kStddev:
      return "stddev";
    case AggregateOp::kStdvar:
      return "stdvar";
    case AggregateOp::kTopk:
      return "topk";
    case AggregateOp::kBottomk:
      return "bottomk";
    case AggregateOp::kCountValues:
      return "count_values";
    case AggregateOp::kQuantile:
      return "quantile";
    case AggregateOp::kLimitk:
      return "limitk";
    case AggregateOp::kLimitRatio:
      return "limit_ratio";
  }
  return "";
}

bool TakesParameter(AggregateOp op) {
  return op >= AggregateOp::kTopk;
}

void ForEachChild(const Expr& expr, const std::function<void(const Expr&)>& visit) {
  if (const auto* matrix = DynAs<MatrixSelector>(&expr)) {
    visit(*matrix->selector);
    return;
  }
  // Only looked at, never changed: the owners are visited through the one function that knows all
  // kinds.
  ForEachChildOwner(const_cast<Expr*>(&expr), [&](ExprPtr* child) { visit(**child); });
}

void ForEachChildOwner(Expr* expr, const std::function<void(ExprPtr*)>& visit) {
  switch (expr->kind()) {
    case NodeKind::kNumber:
    case NodeKind::kString:
    case NodeKind::kVectorSelector:
    case NodeKind::kMatrixSelector:
    case NodeKind::kDuration:
      return;
    case NodeKind::kSubquery:
      return visit(&As<SubqueryExpr>(*expr).expr);
    case NodeKind::kUnary:
      return visit(&As<UnaryExpr>(*expr).expr);
    case NodeKind::kParen:
      return visit(&As<ParenExpr>(*expr).expr);
    case NodeKind::kBinary: {
      auto& binary = As<BinaryExpr>(*expr);
      visit(&binary.lhs);
      visit(&binary.rhs);
      return;
    }
    case NodeKind::kAggregate: {
      auto& aggregate = As<AggregateExpr>(*expr);
      visit(&aggregate.expr);
      if (aggregate.param != nullptr) visit(&aggregate.param);
      return;
    }
    case NodeKind::kCall:
      for (ExprPtr& arg : As<Call>(*expr).args) visit(&arg);
      return;
  }
}

void Walk(const Expr& expr, const std::function<void(const Expr&)>& visit) {
  visit(expr);
  ForEachChild(expr, [&](const Expr& child) { Walk(child, visit); });
}

const Expr& StripParens(const Expr& expr) {
  const Expr* inner = &expr;
  while (const auto* paren = DynAs<ParenExpr>(inner)) inner = paren->expr.get();
  return *inner;
}

ExprPtr Clone(const Expr& expr) {
  switch (expr.kind()) {
    case NodeKind::kNumber: {
      auto copy = NewLike(As<NumberLiteral>(expr));
      copy->value = As<NumberLiteral>(expr).value;
      copy->is_duration = As<NumberLiteral>(expr).is_duration;
      return copy;
    }
    case NodeKind::kString: {
      auto copy = NewLike(As<StringLiteral>(expr));
      copy->value = As<StringLiteral>(expr).value;
      return copy;
    }
    case NodeKind::kVectorSelector:
      return CloneSelector(As<VectorSelector>(expr));
    case NodeKind::kMatrixSelector:
      return CloneMatrix(As<MatrixSelector>(expr));
    case NodeKind::kSubquery:
      return CloneSubquery(As<SubqueryExpr>(expr));
    case NodeKind::kUnary: {
      auto copy = NewLike(As<UnaryExpr>(expr));
      copy->op = As<UnaryExpr>(expr).op;
      copy->expr = CloneOrNull(As<UnaryExpr>(expr).expr);
      return copy;
    }
    case NodeKind::kBinary:
      return CloneBinary(As<BinaryExpr>(expr));
    case NodeKind::kAggregate:
      return CloneAggregate(As<AggregateExpr>(expr));
    case NodeKind::kCall:
      return CloneCall(As<Call>(expr));
    case NodeKind::kParen: {
      auto copy = NewLike(As<ParenExpr>(expr));
      copy->expr = CloneOrNull(As<ParenExpr>(expr).expr);
      return copy;
    }
    case NodeKind::kDuration:
      return CloneDuration(As<DurationExpr>(expr));
  }
  return nullptr;
}

std::unique_ptr<DurationExpr> Clone(const std::unique_ptr<DurationExpr>& expr) {
  return expr == nullptr ? nullptr : CloneDuration(*expr);
}

}  // namespace silverback::syntax

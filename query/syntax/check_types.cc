// The rules that the grammar does not state: types of operands and arguments.
#include <algorithm>

#include "query/syntax/parser_impl.h"

namespace silverback::syntax {
namespace {

class Checker {
 public:
  explicit Checker(std::string_view query) : query_(query) {}

  /// The type of `expr`, or an error.
  StatusOr<ValueType> Check(Expr* expr);

 private:
  StatusOr<ValueType> CheckAggregate(const AggregateExpr& aggregate);
  StatusOr<ValueType> CheckBinary(BinaryExpr* binary);
  Status CheckMatching(BinaryExpr* binary, ValueType lhs, ValueType rhs);
  StatusOr<ValueType> CheckCall(const Call& call);
  Status CheckInfoSelector(const Call& call);
  StatusOr<ValueType> CheckUnary(const UnaryExpr& unary);
  StatusOr<ValueType> CheckSubquery(const SubqueryExpr& subquery);
  StatusOr<ValueType> CheckSelector(const VectorSelector& selector);
  Status Expect(Expr* expr, ValueType wanted, std::string_view where);

  template <typename... Args>
  Status Fail(PositionRange position, fmt::format_string<Args...> format, Args&&... args) const {
    return InvalidArgument(
        "{}", FormatParseError(query_, position, fmt::format(format, std::forward<Args>(args)...)));
  }
  PositionRange OperatorPosition(const BinaryExpr& binary) const;

  std::string_view query_;
};

StatusOr<ValueType> Checker::Check(Expr* expr) {
  switch (expr->kind()) {
    case NodeKind::kNumber:
    case NodeKind::kDuration:
      return ValueType::kScalar;
    case NodeKind::kString:
      return ValueType::kString;
    case NodeKind::kVectorSelector:
      return CheckSelector(As<VectorSelector>(*expr));
    case NodeKind::kMatrixSelector: {
      RETURN_IF_ERROR(CheckSelector(*As<MatrixSelector>(*expr).selector).status());
      return ValueType::kMatrix;
    }
    case NodeKind::kSubquery:
      return CheckSubquery(As<SubqueryExpr>(*expr));
    case NodeKind::kUnary:
      return CheckUnary(As<UnaryExpr>(*expr));
    case NodeKind::kBinary:
      return CheckBinary(&As<BinaryExpr>(*expr));
    case NodeKind::kAggregate:
      return CheckAggregate(As<AggregateExpr>(*expr));
    case NodeKind::kCall:
      return CheckCall(As<Call>(*expr));
    case NodeKind::kParen:
      return Check(As<ParenExpr>(*expr).expr.get());
  }
  return ValueType::kNone;
}

Status Checker::Expect(Expr* expr, ValueType wanted, std::string_view where) {
  ASSIGN_OR_RETURN(const ValueType type, Check(expr));
  if (type == wanted) return absl::OkStatus();
  return Fail(expr->position, "expected type {} in {}, got {}", DocumentedTypeName(wanted), where,
              DocumentedTypeName(type));
}

StatusOr<ValueType> Checker::CheckAggregate(const AggregateExpr& aggregate) {
  RETURN_IF_ERROR(Expect(aggregate.expr.get(), ValueType::kVector, "aggregation expression"));
  if (aggregate.param != nullptr) {
    const ValueType wanted =
        aggregate.op == AggregateOp::kCountValues ? ValueType::kString : ValueType::kScalar;
    RETURN_IF_ERROR(Expect(aggregate.param.get(), wanted, "aggregation parameter"));
  }
  return ValueType::kVector;
}

/// The text between the operands, without white space at its ends.
PositionRange Checker::OperatorPosition(const BinaryExpr& binary) const {
  PositionRange range{binary.lhs->position.end, binary.rhs->position.start - 1};
  const auto is_space = [&](int32_t i) {
    return i >= 0 && static_cast<size_t>(i) < query_.size() &&
           std::string_view(" \t\n\r").find(query_[static_cast<size_t>(i)]) !=
               std::string_view::npos;
  };
  while (is_space(range.start)) ++range.start;
  while (is_space(range.end)) --range.end;
  return range;
}

StatusOr<ValueType> Checker::CheckBinary(BinaryExpr* binary) {
  ASSIGN_OR_RETURN(const ValueType lhs, Check(binary->lhs.get()));
  ASSIGN_OR_RETURN(const ValueType rhs, Check(binary->rhs.get()));
  const bool scalars = lhs == ValueType::kScalar && rhs == ValueType::kScalar;
  if (binary->return_bool && !IsComparison(binary->op)) {
    return Fail(OperatorPosition(*binary),
                "bool modifier can only be used on comparison operators");
  }
  if (scalars && IsComparison(binary->op) && !binary->return_bool) {
    return Fail(OperatorPosition(*binary), "comparisons between scalars must use BOOL modifier");
  }
  RETURN_IF_ERROR(CheckMatching(binary, lhs, rhs));
  return scalars ? ValueType::kScalar : ValueType::kVector;
}

Status Checker::CheckMatching(BinaryExpr* binary, ValueType lhs, ValueType rhs) {
  VectorMatching& matching = *binary->matching;
  const bool set_operator = IsSetOperator(binary->op);
  if (matching.on) {
    for (const std::string& label : matching.labels) {
      if (std::find(matching.include.begin(), matching.include.end(), label) !=
          matching.include.end()) {
        return Fail(OperatorPosition(*binary),
                    "label {} must not occur in ON and GROUP clause at once", Quote(label));
      }
    }
  }
  for (const auto& [type, side] : {std::pair(lhs, binary->lhs.get()), {rhs, binary->rhs.get()}}) {
    if (type != ValueType::kScalar && type != ValueType::kVector) {
      return Fail(side->position,
                  "binary expression must contain only scalar and instant vector types");
    }
  }
  const bool filled = matching.fill_left.has_value() || matching.fill_right.has_value();
  if (lhs != ValueType::kVector || rhs != ValueType::kVector) {
    if (!matching.labels.empty()) {
      return Fail(binary->position, "vector matching only allowed between instant vectors");
    }
    if (filled) {
      return Fail(binary->position,
                  "filling in missing series only allowed between instant vectors");
    }
    if (set_operator) {
      return Fail(binary->position, "set operator {} not allowed in binary scalar expression",
                  Quote(BinaryOpName(binary->op)));
    }
    binary->matching.reset();
  } else if (set_operator) {
    if (matching.card != Cardinality::kOneToOne) {
      return Fail(binary->position, "no grouping allowed for {} operation",
                  Quote(BinaryOpName(binary->op)));
    }
    if (filled) {
      return Fail(binary->position, "filling in missing series not allowed for set operators");
    }
    matching.card = Cardinality::kManyToMany;
  }
  return absl::OkStatus();
}

StatusOr<ValueType> Checker::CheckCall(const Call& call) {
  const FunctionSignature& function = *call.function;
  const std::string name = Quote(function.name);
  const size_t given = call.args.size();
  const size_t types = function.arg_count;
  if (function.variadic == 0 && given != types) {
    return Fail(call.position, "expected {} argument(s) in call to {}, got {}", types, name, given);
  }
  if (function.variadic != 0) {
    const size_t least = types - 1;
    const size_t most = least + static_cast<size_t>(std::max<int>(function.variadic, 0));
    if (given < least) {
      return Fail(call.position, "expected at least {} argument(s) in call to {}, got {}", least,
                  name, given);
    }
    if (function.variadic > 0 && given > most) {
      return Fail(call.position, "expected at most {} argument(s) in call to {}, got {}", most,
                  name, given);
    }
  }
  if (function.name == "info" && given > 1) RETURN_IF_ERROR(CheckInfoSelector(call));
  for (size_t i = 0; i < given; ++i) {
    const ValueType wanted = function.arg_types[std::min(i, types - 1)];
    RETURN_IF_ERROR(Expect(call.args[i].get(), wanted, fmt::format("call to function {}", name)));
  }
  return function.return_type;
}

/// The second argument of info() is a selector of labels: no metric name, and it may match
/// everything.
Status Checker::CheckInfoSelector(const Call& call) {
  Expr* second = call.args[1].get();
  if (second->type() != ValueType::kVector) {
    return Fail(call.position, "expected type {} in call to function \"info\", got {}",
                DocumentedTypeName(ValueType::kVector), DocumentedTypeName(second->type()));
  }
  auto* selector = DynAs<VectorSelector>(second);
  if (selector == nullptr) return Fail(second->position, "expected label selectors only");
  if (!selector->name.empty()) {
    return Fail(second->position, "expected label selectors only, got vector selector instead");
  }
  selector->bypass_empty_matcher_check = true;
  return absl::OkStatus();
}

StatusOr<ValueType> Checker::CheckUnary(const UnaryExpr& unary) {
  ASSIGN_OR_RETURN(const ValueType type, Check(unary.expr.get()));
  if (type == ValueType::kScalar || type == ValueType::kVector) return type;
  return Fail(unary.position,
              "unary expression only allowed on expressions of type scalar or instant vector, "
              "got {}",
              Quote(DocumentedTypeName(type)));
}

StatusOr<ValueType> Checker::CheckSubquery(const SubqueryExpr& subquery) {
  ASSIGN_OR_RETURN(const ValueType type, Check(subquery.expr.get()));
  if (type == ValueType::kVector) return ValueType::kMatrix;
  return Fail(subquery.position, "subquery is only allowed on instant vector, got {} instead",
              ValueTypeName(type));
}

StatusOr<ValueType> Checker::CheckSelector(const VectorSelector& selector) {
  if (!selector.name.empty()) {
    // The last matcher is that of the name before the braces.
    for (size_t i = 0; i + 1 < selector.matchers.size(); ++i) {
      const Matcher& matcher = selector.matchers[i];
      if (matcher.name() == kMetricName) {
        return Fail(selector.position, "metric name must not be set twice: {} or {}",
                    Quote(selector.name), Quote(matcher.value()));
      }
    }
    return ValueType::kVector;
  }
  const bool selective =
      std::any_of(selector.matchers.begin(), selector.matchers.end(),
                  [](const Matcher& matcher) { return !matcher.MatchesEmpty(); });
  if (!selective && !selector.bypass_empty_matcher_check) {
    return Fail(selector.position, "vector selector must contain at least one non-empty matcher");
  }
  return ValueType::kVector;
}

}  // namespace

Status CheckTypes(std::string_view query, Expr* expr) {
  return Checker(query).Check(expr).status();
}

}  // namespace silverback::syntax

// What may follow an expression: offset, @, anchored, smoothed and brackets. All bind tighter than
// any operator.
#include <cmath>
#include <limits>

#include "query/syntax/parser_impl.h"

namespace silverback::syntax {
namespace {

constexpr double kInt64Limit = 9223372036854775808.0;

/// Out of range, NaN included, gives the smallest value.
int64_t ToInt64(double value) {
  return value >= -kInt64Limit && value < kInt64Limit ? static_cast<int64_t>(value)
                                                      : std::numeric_limits<int64_t>::min();
}

/// Seconds to milliseconds by way of whole nanoseconds, as upstream keeps durations.
int64_t ToMilliseconds(double seconds) {
  return ToInt64(std::round(seconds * 1e9)) / 1'000'000;
}

/// A parsed duration is either a literal, whose value goes to `ms`, or an expression, which goes to
/// `expr`.
void StoreDuration(ExprPtr duration, int64_t* ms, std::unique_ptr<DurationExpr>* expr) {
  if (const auto* number = DynAs<NumberLiteral>(duration.get())) {
    *ms = ToMilliseconds(number->value);
  } else {
    expr->reset(static_cast<DurationExpr*>(duration.release()));
  }
}

bool HasOffset(const TimeModifiers& time) {
  return time.original_offset_ms != 0 || time.offset_expr != nullptr;
}

bool HasAt(const TimeModifiers& time) {
  return time.timestamp_ms.has_value() || time.at != AtModifier::kNone;
}

}  // namespace

ExprPtr Parser::ParseSuffixes(ExprPtr expr) {
  while (expr != nullptr) {
    switch (Peek().type) {
      case TokenType::kOffset:
        expr = ParseOffset(std::move(expr));
        break;
      case TokenType::kAt:
        expr = ParseAt(std::move(expr));
        break;
      case TokenType::kLeftBracket:
        expr = ParseBrackets(std::move(expr));
        break;
      case TokenType::kAnchored:
      case TokenType::kSmoothed:
        expr = SetExtended(std::move(expr), Take().type == TokenType::kAnchored);
        break;
      default:
        return failed() ? nullptr : std::move(expr);
    }
  }
  return nullptr;
}

ExprPtr Parser::ParseOffset(ExprPtr expr) {
  Take();
  ExprPtr duration;
  {
    Context context(this, "offset", "number, duration, step(), or range()");
    duration = ParseOffsetDuration();
  }
  if (duration == nullptr) return nullptr;
  TimeModifiers* time = TimeModifiersOf(expr.get(), "offset");
  if (time == nullptr) return nullptr;
  if (HasOffset(*time)) return Fail(expr->position, "offset may not be set multiple times");
  StoreDuration(std::move(duration), &time->original_offset_ms, &time->offset_expr);
  expr->position.end = last_closing_;
  return expr;
}

ExprPtr Parser::ParseAt(ExprPtr expr) {
  Take();
  Context context(this, "@", "timestamp");
  if (!Peeks(TokenType::kStart) && !Peeks(TokenType::kEnd)) {
    return ParseAtTimestamp(std::move(expr));
  }
  const bool start = Take().type == TokenType::kStart;
  if (!Expect(TokenType::kLeftParen) || !Expect(TokenType::kRightParen)) return nullptr;
  return SetAt(std::move(expr), std::nullopt, start ? AtModifier::kStart : AtModifier::kEnd);
}

/// The number behind @, in seconds.
ExprPtr Parser::ParseAtTimestamp(ExprPtr expr) {
  bool negative = false;
  if (Peeks(TokenType::kAdd) || Peeks(TokenType::kSub)) {
    negative = Take().type == TokenType::kSub;
  }
  if (!Peeks(TokenType::kNumber) && !Peeks(TokenType::kDuration)) return Unexpected();
  const std::unique_ptr<NumberLiteral> number = ParseNumberLiteral();
  if (number == nullptr) return nullptr;
  const double seconds = negative ? -number->value : number->value;
  if (!std::isfinite(seconds) || std::abs(seconds) >= kInt64Limit) {
    const std::string shown = std::isnan(seconds)   ? "NaN"
                              : std::isinf(seconds) ? (seconds > 0 ? "+Inf" : "-Inf")
                                                    : fmt::format("{:f}", seconds);
    return Fail(expr->position, fmt::format("timestamp out of bounds for @ modifier: {}", shown));
  }
  return SetAt(std::move(expr), ToInt64(std::round(seconds * 1000)), AtModifier::kNone);
}

/// Where the modifiers of a selector or subquery are kept; fails for other expressions.
TimeModifiers* Parser::TimeModifiersOf(Expr* expr, std::string_view modifier) {
  if (auto* selector = DynAs<VectorSelector>(expr)) return &selector->time;
  if (auto* matrix = DynAs<MatrixSelector>(expr)) return &matrix->selector->time;
  if (auto* subquery = DynAs<SubqueryExpr>(expr)) return &subquery->time;
  return Fail(expr->position,
              fmt::format("{} modifier must be preceded by an instant vector selector or range "
                          "vector selector or a subquery",
                          modifier));
}

ExprPtr Parser::SetAt(ExprPtr expr, std::optional<int64_t> timestamp_ms, AtModifier at) {
  TimeModifiers* time = TimeModifiersOf(expr.get(), "@");
  if (time == nullptr) return nullptr;
  if (HasAt(*time)) return Fail(expr->position, "@ <timestamp> may not be set multiple times");
  time->timestamp_ms = timestamp_ms;
  time->at = at;
  expr->position.end = last_closing_;
  return expr;
}

ExprPtr Parser::SetExtended(ExprPtr expr, bool anchored) {
  const std::string_view name = anchored ? "anchored" : "smoothed";
  if (!options_.extended_range_selectors) {
    return Fail(expr->position, fmt::format("{} modifier is experimental and not enabled", name));
  }
  auto* selector = DynAs<VectorSelector>(expr.get());
  if (auto* matrix = DynAs<MatrixSelector>(expr.get())) selector = matrix->selector.get();
  if (selector == nullptr) {
    const bool subquery = expr->kind() == NodeKind::kSubquery;
    return Fail(expr->position,
                fmt::format("{} modifier {}", name,
                            subquery ? "is not supported for subqueries" : "not implemented"));
  }
  (anchored ? selector->anchored : selector->smoothed) = true;
  if (selector->anchored && selector->smoothed) {
    return Fail(expr->position, "anchored and smoothed modifiers cannot be used together");
  }
  return expr;
}

/// `[5m]` or `[1h:5m]`.
ExprPtr Parser::ParseBrackets(ExprPtr expr) {
  const Token left = Take();
  ExprPtr range;
  {
    Context context(this, "subquery or range selector", "number, duration, step(), or range()");
    range = ParsePositiveDuration();
    if (range == nullptr) return nullptr;
  }
  if (TakeIf(TokenType::kRightBracket)) {
    return FinishMatrix(std::move(expr), left, std::move(range));
  }
  {
    Context context(this, "subquery or range", "\":\" or \"]\"");
    if (!Expect(TokenType::kColon)) return nullptr;
  }
  ExprPtr step;
  if (!Peeks(TokenType::kRightBracket)) {
    Context context(this, "subquery selector", "number, duration, step(), range(), or \"]\"");
    step = ParsePositiveDuration();
    if (step == nullptr) return nullptr;
  }
  Context context(this, "subquery selector", "\"]\"");
  if (!Expect(TokenType::kRightBracket)) return nullptr;
  const Token right = token_;
  return FinishSubquery(std::move(expr), std::move(range), std::move(step), right);
}

ExprPtr Parser::FinishMatrix(ExprPtr expr, const Token& left, ExprPtr range) {
  const PositionRange brackets{left.start, token_.position().end};
  auto* selector = DynAs<VectorSelector>(expr.get());
  if (selector == nullptr) return Fail(brackets, "ranges only allowed for vector selectors");
  if (HasOffset(selector->time)) {
    return Fail(brackets, "no offset modifiers allowed before range");
  }
  if (HasAt(selector->time)) return Fail(brackets, "no @ modifiers allowed before range");
  auto matrix = std::make_unique<MatrixSelector>();
  matrix->position = {expr->position.start, last_closing_};
  if (!SetDepth(matrix.get(), expr->depth)) return nullptr;
  matrix->selector.reset(static_cast<VectorSelector*>(expr.release()));
  StoreDuration(std::move(range), &matrix->range_ms, &matrix->range_expr);
  return matrix;
}

ExprPtr Parser::FinishSubquery(ExprPtr expr, ExprPtr range, ExprPtr step, const Token& right) {
  auto subquery = std::make_unique<SubqueryExpr>();
  subquery->position = {expr->position.start, right.position().end};
  if (!SetDepth(subquery.get(), expr->depth)) return nullptr;
  subquery->expr = std::move(expr);
  StoreDuration(std::move(range), &subquery->range_ms, &subquery->range_expr);
  if (step != nullptr) StoreDuration(std::move(step), &subquery->step_ms, &subquery->step_expr);
  return subquery;
}

}  // namespace silverback::syntax

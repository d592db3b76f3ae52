// Durations, which are literals or expressions of their own: inside brackets, and behind offset.
#include <algorithm>

#include "query/syntax/parser_impl.h"

namespace silverback::syntax {
namespace {

constexpr int kPowPrecedence = 3;

/// How strongly an operator binds inside a duration; 0 when it is none.
int Precedence(TokenType type) {
  switch (type) {
    case TokenType::kAdd:
    case TokenType::kSub:
      return 1;
    case TokenType::kMul:
    case TokenType::kDiv:
    case TokenType::kMod:
      return 2;
    case TokenType::kPow:
      return kPowPrecedence;
    default:
      return 0;
  }
}

DurationOp OpOf(TokenType type) {
  switch (type) {
    case TokenType::kAdd:
      return DurationOp::kAdd;
    case TokenType::kSub:
      return DurationOp::kSub;
    case TokenType::kMul:
      return DurationOp::kMul;
    case TokenType::kDiv:
      return DurationOp::kDiv;
    case TokenType::kMod:
      return DurationOp::kMod;
    case TokenType::kPow:
      return DurationOp::kPow;
    case TokenType::kStep:
      return DurationOp::kStep;
    case TokenType::kRange:
      return DurationOp::kRange;
    case TokenType::kMinOf:
      return DurationOp::kMinOf;
    default:
      return DurationOp::kMaxOf;
  }
}

bool IsSign(TokenType type) {
  return type == TokenType::kAdd || type == TokenType::kSub;
}
bool IsFunction(TokenType type) {
  return type == TokenType::kStep || type == TokenType::kRange || type == TokenType::kMinOf ||
         type == TokenType::kMaxOf;
}

/// Whether a literal, in seconds, is more than 64-bit nanoseconds hold.
bool OutOfRange(double seconds) {
  constexpr double kLimit = 9223372036854775808.0 / 1e9;
  return seconds > kLimit || seconds < -kLimit;
}

bool IsZero(const Expr& expr) {
  const auto* number = DynAs<NumberLiteral>(&expr);
  return number != nullptr && number->value == 0;
}

}  // namespace

ExprPtr Parser::ParsePositiveDuration() {
  ExprPtr duration = ParseDuration(0);
  if (duration == nullptr) return nullptr;
  const auto* number = DynAs<NumberLiteral>(duration.get());
  if (number != nullptr && number->value <= 0) {
    return Fail(number->position, "duration must be greater than 0");
  }
  return duration;
}

/// An offset: `5m`, `-5m`, `step()`, `-(5m * 2)` end where they end, so that `x offset 5m + 1` is a
/// sum; one that begins with a parenthesis or with two signs is a duration expression that goes on
/// as far as it can.
ExprPtr Parser::ParseOffsetDuration() {
  const TokenType type = Peek().type;
  if (type == TokenType::kNumber || type == TokenType::kDuration) {
    return ParseDurationLiteral(nullptr);
  }
  if (IsSign(type)) {
    const Token sign = Take();
    return ParseSignedOffsetDuration(sign);
  }
  if (IsFunction(type)) {
    ExprPtr function = ParseDurationFunction();
    const bool enabled = function != nullptr && CheckDurationsEnabled(function->position);
    return enabled ? std::move(function) : nullptr;
  }
  if (type != TokenType::kLeftParen) return Unexpected();
  return ContinueDuration(ParseWrappedDuration(), 0);
}

ExprPtr Parser::ParseSignedOffsetDuration(const Token& sign) {
  const TokenType type = Peek().type;
  if (type == TokenType::kNumber || type == TokenType::kDuration) {
    return ParseDurationLiteral(&sign);
  }
  if (IsFunction(type)) {
    ExprPtr function = ParseDurationFunction();
    if (function == nullptr) return nullptr;
    const PositionRange position{sign.start, function->position.end};
    if (!CheckDurationsEnabled(position)) return nullptr;
    return NewDuration(OpOf(sign.type), nullptr, std::move(function), position);
  }
  if (TakeIf(TokenType::kLeftParen)) {
    ExprPtr inner = ParseDuration(0);
    if (inner == nullptr || !Expect(TokenType::kRightParen)) return nullptr;
    return ApplySign(sign, std::move(inner), /*wrapped=*/true);
  }
  ExprPtr operand = ParseDuration(kPowPrecedence);
  if (operand == nullptr) return nullptr;
  return ContinueDuration(ApplySign(sign, std::move(operand), /*wrapped=*/false), 0);
}

ExprPtr Parser::ParseDuration(int min_precedence) {
  Nesting nesting(this);
  if (!nesting.ok()) return nullptr;
  return ContinueDuration(ParseDurationOperand(), min_precedence);
}

/// Reads the operators behind `lhs` that bind at least as strongly as `min_precedence`.
ExprPtr Parser::ContinueDuration(ExprPtr lhs, int min_precedence) {
  while (lhs != nullptr) {
    const TokenType type = Peek().type;
    const int precedence = Precedence(type);
    if (precedence == 0 || precedence < min_precedence) break;
    const Token op = Take();
    ExprPtr rhs = ParseDuration(type == TokenType::kPow ? precedence : precedence + 1);
    if (rhs == nullptr || !CheckDurationsEnabled(lhs->position)) return nullptr;
    if (type == TokenType::kDiv && IsZero(*rhs)) return Fail(op.position(), "division by zero");
    if (type == TokenType::kMod && IsZero(*rhs)) return Fail(op.position(), "modulo by zero");
    const PositionRange position{lhs->position.start, rhs->position.end};
    lhs = NewDuration(OpOf(type), std::move(lhs), std::move(rhs), position);
  }
  return failed() ? nullptr : std::move(lhs);
}

ExprPtr Parser::ParseDurationOperand() {
  const TokenType type = Peek().type;
  if (type == TokenType::kNumber || type == TokenType::kDuration) {
    return ParseDurationLiteral(nullptr);
  }
  if (IsSign(type)) {
    const Token sign = Take();
    ExprPtr operand = ParseDuration(kPowPrecedence);
    return operand == nullptr ? nullptr : ApplySign(sign, std::move(operand), /*wrapped=*/false);
  }
  if (IsFunction(type)) {
    ExprPtr function = ParseDurationFunction();
    const bool enabled = function != nullptr && CheckDurationsEnabled(function->position);
    return enabled ? std::move(function) : nullptr;
  }
  if (type == TokenType::kLeftParen) return ParseWrappedDuration();
  return Unexpected();
}

/// A number or duration; `sign`, unless null, stands before it.
ExprPtr Parser::ParseDurationLiteral(const Token* sign) {
  std::unique_ptr<NumberLiteral> literal = ParseNumberLiteral();
  if (literal == nullptr) return nullptr;
  if (OutOfRange(literal->value)) {
    return Fail(sign == nullptr ? literal->position : sign->position(), "duration out of range");
  }
  if (sign == nullptr) return literal;
  if (sign->type == TokenType::kSub) literal->value = -literal->value;
  literal->position.start = sign->start;
  return literal;
}

/// `step()`, `range()`, `min_of(a, b)` or `max_of(a, b)`.
ExprPtr Parser::ParseDurationFunction() {
  const Token name = Take();
  if (!Expect(TokenType::kLeftParen)) return nullptr;
  ExprPtr lhs;
  ExprPtr rhs;
  PositionRange position{name.start, 0};
  if (name.type == TokenType::kMinOf || name.type == TokenType::kMaxOf) {
    lhs = ParseDuration(0);
    if (lhs == nullptr || !Expect(TokenType::kComma)) return nullptr;
    rhs = ParseDuration(0);
    if (rhs == nullptr) return nullptr;
    position = {lhs->position.start, rhs->position.end};
  }
  if (!Expect(TokenType::kRightParen)) return nullptr;
  if (lhs == nullptr) position.end = token_.position().end;
  return NewDuration(OpOf(name.type), std::move(lhs), std::move(rhs), position);
}

/// `(5m * 2)`.
ExprPtr Parser::ParseWrappedDuration() {
  const int32_t start = Take().start;
  ExprPtr inner = ParseDuration(0);
  if (inner == nullptr || !Expect(TokenType::kRightParen)) return nullptr;
  if (!CheckDurationsEnabled(inner->position)) return nullptr;
  return Wrap(std::move(inner), start);
}

/// Remembers the parentheses, so that printing shows them; a literal becomes the operand of a plus
/// that stands at `start`.
ExprPtr Parser::Wrap(ExprPtr duration, int32_t start) {
  if (duration->kind() != NodeKind::kDuration) {
    const PositionRange position{start, duration->position.end};
    duration = NewDuration(DurationOp::kAdd, nullptr, std::move(duration), position);
  }
  if (duration != nullptr) As<DurationExpr>(*duration).wrapped = true;
  return duration;
}

ExprPtr Parser::ApplySign(const Token& sign, ExprPtr duration, bool wrapped) {
  if (wrapped) {
    const int32_t start = duration->position.start;
    duration = Wrap(std::move(duration), start);
  }
  if (duration == nullptr) return nullptr;
  auto* number = DynAs<NumberLiteral>(duration.get());
  if (number != nullptr) {
    if (sign.type == TokenType::kSub) number->value = -number->value;
    number->position.start = sign.start;
    return duration;
  }
  if (sign.type != TokenType::kSub) return duration;
  const PositionRange position{sign.start, duration->position.end};
  return NewDuration(DurationOp::kSub, nullptr, std::move(duration), position);
}

ExprPtr Parser::NewDuration(DurationOp op, ExprPtr lhs, ExprPtr rhs, PositionRange position) {
  auto duration = std::make_unique<DurationExpr>();
  duration->op = op;
  duration->position = position;
  const int32_t deepest =
      std::max(lhs == nullptr ? 0 : lhs->depth, rhs == nullptr ? 0 : rhs->depth);
  if (!SetDepth(duration.get(), deepest)) return nullptr;
  duration->lhs = std::move(lhs);
  duration->rhs = std::move(rhs);
  return duration;
}

bool Parser::CheckDurationsEnabled(PositionRange position) {
  if (options_.duration_expressions) return true;
  Fail(position, "experimental duration expression is not enabled");
  return false;
}

}  // namespace silverback::syntax

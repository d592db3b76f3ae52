// Operators, calls, aggregations, parentheses.
#include <algorithm>

#include "query/syntax/parser_impl.h"

namespace silverback::syntax {
namespace {

constexpr int kUnaryPrecedence = 5;
constexpr int kPowPrecedence = 6;

/// How strongly a binary operator binds; 0 when the token is none.
int Precedence(TokenType type) {
  switch (type) {
    case TokenType::kOr:
      return 1;
    case TokenType::kAnd:
    case TokenType::kUnless:
      return 2;
    case TokenType::kEqual:
    case TokenType::kNotEqual:
    case TokenType::kLess:
    case TokenType::kLessOrEqual:
    case TokenType::kGreater:
    case TokenType::kGreaterOrEqual:
    case TokenType::kTrimUpper:
    case TokenType::kTrimLower:
      return 3;
    case TokenType::kAdd:
    case TokenType::kSub:
      return 4;
    case TokenType::kMul:
    case TokenType::kDiv:
    case TokenType::kMod:
    case TokenType::kAtan2:
      return kUnaryPrecedence;
    case TokenType::kPow:
      return kPowPrecedence;
    default:
      return 0;
  }
}

bool StartsExpression(TokenType type) {
  switch (type) {
    case TokenType::kLeftParen:
    case TokenType::kLeftBrace:
    case TokenType::kNumber:
    case TokenType::kDuration:
    case TokenType::kString:
    case TokenType::kAdd:
    case TokenType::kSub:
      return true;
    default:
      return IsMetricName(type);
  }
}

/// Words that may be a label in a grouping.
bool IsGroupingLabel(TokenType type) {
  switch (type) {
    case TokenType::kIdentifier:
    case TokenType::kMetricIdentifier:
    case TokenType::kAnd:
    case TokenType::kOr:
    case TokenType::kUnless:
    case TokenType::kAtan2:
      return true;
    case TokenType::kWithout:
      return false;
    default:
      return IsAggregator(type) || IsKeyword(type) || IsPreprocessor(type);
  }
}

}  // namespace

ExprPtr Parser::ParseBinary(int min_precedence) {
  Nesting nesting(this);
  if (!nesting.ok()) return nullptr;
  ExprPtr lhs = ParseUnary();
  while (lhs != nullptr) {
    const TokenType type = Peek().type;
    const int precedence = Precedence(type);
    if (precedence == 0 || precedence < min_precedence) break;
    Take();
    auto binary = std::make_unique<BinaryExpr>();
    binary->op = BinaryOpOf(type);
    VectorMatching matching;
    if (!ParseBinaryModifiers(binary.get(), &matching)) return nullptr;
    // Powers associate to the right, everything else to the left.
    binary->rhs = ParseBinary(type == TokenType::kPow ? precedence : precedence + 1);
    if (binary->rhs == nullptr) return nullptr;
    binary->position = {lhs->position.start, binary->rhs->position.end};
    if (!options_.fill_modifiers && (matching.fill_left || matching.fill_right)) {
      return Fail(binary->position, "binop fill modifiers are experimental and not enabled");
    }
    if (!SetDepth(binary.get(), std::max(lhs->depth, binary->rhs->depth))) return nullptr;
    binary->lhs = std::move(lhs);
    binary->matching = std::move(matching);
    lhs = std::move(binary);
  }
  return failed() ? nullptr : std::move(lhs);
}

ExprPtr Parser::ParseUnary() {
  if (!Peeks(TokenType::kAdd) && !Peeks(TokenType::kSub)) {
    ExprPtr expr = ParsePrimary();
    return expr == nullptr ? nullptr : ParseSuffixes(std::move(expr));
  }
  const Token sign = Take();
  // A sign binds as strongly as a product, so only powers go before it.
  ExprPtr operand = ParseBinary(kPowPrecedence);
  if (operand == nullptr) return nullptr;
  if (auto* number = DynAs<NumberLiteral>(operand.get())) {
    if (sign.type == TokenType::kSub) number->value = -number->value;
    number->position.start = sign.start;
    return operand;
  }
  auto unary = std::make_unique<UnaryExpr>();
  unary->op = sign.type == TokenType::kSub ? UnaryOp::kMinus : UnaryOp::kPlus;
  unary->position = {sign.start, operand->position.end};
  if (!SetDepth(unary.get(), operand->depth)) return nullptr;
  unary->expr = std::move(operand);
  return unary;
}

ExprPtr Parser::ParsePrimary() {
  const TokenType type = Peek().type;
  switch (type) {
    case TokenType::kLeftParen:
      return ParseParen();
    case TokenType::kLeftBrace:
      return ParseVectorSelector();
    case TokenType::kNumber:
    case TokenType::kDuration:
      return ParseNumberLiteral();
    case TokenType::kString:
      return ParseStringLiteral();
    default:
      break;
  }
  if (IsAggregator(type)) return ParseAggregateOrName();
  if (type == TokenType::kIdentifier || IsPreprocessor(type)) return ParseNameOrCall();
  if (IsMetricName(type)) return FinishNamedSelector(Take());
  return Unexpected();
}

ExprPtr Parser::ParseParen() {
  const Token left = Take();
  auto paren = std::make_unique<ParenExpr>();
  paren->expr = ParseBinary(0);
  if (paren->expr == nullptr || !Expect(TokenType::kRightParen)) return nullptr;
  paren->position = {left.start, token_.position().end};
  if (!SetDepth(paren.get(), paren->expr->depth)) return nullptr;
  return paren;
}

ExprPtr Parser::ParseNameOrCall() {
  const Token name = Take();
  return Peeks(TokenType::kLeftParen) ? ParseCall(name) : FinishNamedSelector(name);
}

ExprPtr Parser::ParseCall(const Token& name) {
  auto call = std::make_unique<Call>();
  if (!ParseArguments(&call->args)) return nullptr;
  call->function = FindFunction(name.text);
  if (call->function == nullptr) {
    return Fail(name.position(), fmt::format("unknown function with name {}", Quote(name.text)));
  }
  if (call->function->experimental && !options_.experimental_functions) {
    return Fail(name.position(), fmt::format("function {} is not enabled", Quote(name.text)));
  }
  call->position = {name.start, last_closing_};
  int32_t deepest = 0;
  for (const ExprPtr& arg : call->args) deepest = std::max(deepest, arg->depth);
  if (!SetDepth(call.get(), deepest)) return nullptr;
  return call;
}

/// `(a, b, c)`.
bool Parser::ParseArguments(std::vector<ExprPtr>* args) {
  if (!Expect(TokenType::kLeftParen)) return false;
  if (TakeIf(TokenType::kRightParen)) return true;
  while (true) {
    args->push_back(ParseBinary(0));
    if (args->back() == nullptr) return false;
    if (!Peeks(TokenType::kComma)) break;
    const Token comma = Take();
    if (!StartsExpression(Peek().type)) {
      Fail(comma.position(), "trailing commas not allowed in function call args");
      return false;
    }
  }
  return Expect(TokenType::kRightParen);
}

ExprPtr Parser::ParseAggregateOrName() {
  const Token op = Take();
  switch (Peek().type) {
    case TokenType::kLeftParen:
    case TokenType::kBy:
    case TokenType::kWithout:
      return ParseAggregate(op);
    default:
      return FinishNamedSelector(op);
  }
}

ExprPtr Parser::ParseAggregate(const Token& op) {
  auto aggregate = std::make_unique<AggregateExpr>();
  aggregate->op = AggregateOpOf(op.type);
  std::vector<ExprPtr> args;
  bool read_ahead = false;
  {
    Context context(this, "aggregation", "");
    if (Peeks(TokenType::kLeftParen)) {
      if (!ParseArguments(&args)) return nullptr;
      if (Peeks(TokenType::kBy) || Peeks(TokenType::kWithout)) {
        if (!ParseAggregateModifier(aggregate.get())) return nullptr;
      } else {
        read_ahead = true;
      }
    } else {
      if (!ParseAggregateModifier(aggregate.get()) || !ParseArguments(&args)) return nullptr;
    }
  }
  if (failed()) return nullptr;
  // Looking for a modifier may have read the closing parenthesis of what is around.
  const int32_t end = read_ahead ? lexer_.EndOfPreviousRightParen(last_closing_) : last_closing_;
  aggregate->position = {op.start, end};
  return FinishAggregate(std::move(aggregate), std::move(args));
}

bool Parser::ParseAggregateModifier(AggregateExpr* aggregate) {
  aggregate->without = Take().type == TokenType::kWithout;
  return ParseGroupingLabels(&aggregate->grouping);
}

ExprPtr Parser::FinishAggregate(std::unique_ptr<AggregateExpr> aggregate,
                                std::vector<ExprPtr> args) {
  if (args.empty()) {
    return Fail(aggregate->position, "no arguments for aggregate expression provided");
  }
  const AggregateOp op = aggregate->op;
  const bool experimental = op == AggregateOp::kLimitk || op == AggregateOp::kLimitRatio;
  if (experimental && !options_.experimental_functions) {
    return Fail(aggregate->position, fmt::format("{}() is experimental and must be enabled with "
                                                 "--enable-feature=promql-experimental-functions",
                                                 AggregateOpName(op)));
  }
  const size_t wanted = TakesParameter(op) ? 2 : 1;
  if (args.size() != wanted) {
    return Fail(aggregate->position,
                fmt::format("wrong number of arguments for aggregate expression provided, "
                            "expected {}, got {}",
                            wanted, args.size()));
  }
  int32_t deepest = args.back()->depth;
  aggregate->expr = std::move(args.back());
  if (wanted == 2) {
    deepest = std::max(deepest, args.front()->depth);
    aggregate->param = std::move(args.front());
  }
  if (!SetDepth(aggregate.get(), deepest)) return nullptr;
  return aggregate;
}

/// Between a binary operator and its right side: bool, on or ignoring, group_left or group_right,
/// fill.
bool Parser::ParseBinaryModifiers(BinaryExpr* binary, VectorMatching* matching) {
  binary->return_bool = TakeIf(TokenType::kBool);
  if (Peeks(TokenType::kOn) || Peeks(TokenType::kIgnoring)) {
    matching->on = Take().type == TokenType::kOn;
    if (!ParseGroupingLabels(&matching->labels) || !ParseGroupModifier(matching)) return false;
  }
  return ParseFillModifiers(matching);
}

bool Parser::ParseGroupModifier(VectorMatching* matching) {
  if (!Peeks(TokenType::kGroupLeft) && !Peeks(TokenType::kGroupRight)) return !failed();
  matching->card =
      Take().type == TokenType::kGroupLeft ? Cardinality::kManyToOne : Cardinality::kOneToMany;
  // A parenthesis is the list of labels, never the right side.
  const bool no_labels = !Peeks(TokenType::kLeftParen) && StartsExpression(Peek().type);
  return no_labels || ParseGroupingLabels(&matching->include);
}

bool Parser::ParseFillModifiers(VectorMatching* matching) {
  const TokenType first = Peek().type;
  if (TakeIf(TokenType::kFill)) {
    if (!ParseFillValue(&matching->fill_left)) return false;
    matching->fill_right = matching->fill_left;
  } else if (TakeIf(TokenType::kFillLeft)) {
    if (!ParseFillValue(&matching->fill_left)) return false;
  } else if (TakeIf(TokenType::kFillRight)) {
    if (!ParseFillValue(&matching->fill_right)) return false;
  }
  if (first == TokenType::kFillLeft && TakeIf(TokenType::kFillRight)) {
    return ParseFillValue(&matching->fill_right);
  }
  if (first == TokenType::kFillRight && TakeIf(TokenType::kFillLeft)) {
    return ParseFillValue(&matching->fill_left);
  }
  return !failed();
}

/// `(-1.5)`.
bool Parser::ParseFillValue(std::optional<double>* value) {
  if (!Expect(TokenType::kLeftParen)) return false;
  bool negative = false;
  if (Peeks(TokenType::kAdd) || Peeks(TokenType::kSub)) {
    negative = Take().type == TokenType::kSub;
  }
  if (!Peeks(TokenType::kNumber) && !Peeks(TokenType::kDuration)) {
    Unexpected();
    return false;
  }
  const std::unique_ptr<NumberLiteral> number = ParseNumberLiteral();
  if (number == nullptr || !Expect(TokenType::kRightParen)) return false;
  *value = negative ? -number->value : number->value;
  return true;
}

/// `(a, b, "c d")`.
bool Parser::ParseGroupingLabels(std::vector<std::string>* labels) {
  {
    Context context(this, "grouping opts", "\"(\"");
    if (!Expect(TokenType::kLeftParen)) return false;
  }
  while (!TakeIf(TokenType::kRightParen)) {
    std::string label;
    if (!ParseGroupingLabel(&label)) return false;
    labels->push_back(std::move(label));
    if (TakeIf(TokenType::kComma)) continue;
    Context context(this, "grouping opts", "\",\" or \")\"");
    return Expect(TokenType::kRightParen);
  }
  return true;
}

bool Parser::ParseGroupingLabel(std::string* label) {
  if (IsGroupingLabel(Peek().type)) {
    *label = Take().text;
    return true;
  }
  Context context(this, "grouping opts", "label");
  if (!Expect(TokenType::kString)) return false;
  const Token token = token_;
  std::optional<std::string> unquoted = UnquoteToken(token);
  if (!unquoted.has_value()) return false;
  if (unquoted->empty() || !IsValidUtf8(*unquoted)) {
    Fail(token.position(), fmt::format("invalid label name for grouping: {}", Quote(*unquoted)));
    return false;
  }
  *label = std::move(*unquoted);
  return true;
}

}  // namespace silverback::syntax

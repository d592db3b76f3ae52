// Vector selectors, label sets and literals.
#include "query/syntax/parser_impl.h"

namespace silverback::syntax {
namespace {

std::optional<MatchType> MatchTypeOf(TokenType type) {
  switch (type) {
    case TokenType::kAssign:
      return MatchType::kEqual;
    case TokenType::kNotEqual:
      return MatchType::kNotEqual;
    case TokenType::kRegexMatch:
      return MatchType::kRegex;
    case TokenType::kRegexNoMatch:
      return MatchType::kNotRegex;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::unique_ptr<VectorSelector> Parser::ParseVectorSelector() {
  if (IsMetricName(Peek().type)) return FinishNamedSelector(Take());
  auto selector = std::make_unique<VectorSelector>();
  selector->position = Peek().position();
  if (!ParseMatchers(selector.get())) return nullptr;
  return selector;
}

/// A selector whose name has been read; braces may follow.
std::unique_ptr<VectorSelector> Parser::FinishNamedSelector(const Token& name) {
  auto selector = std::make_unique<VectorSelector>();
  selector->name = name.text;
  selector->position = name.position();
  if (Peeks(TokenType::kLeftBrace) && !ParseMatchers(selector.get())) return nullptr;
  if (failed()) return nullptr;
  selector->matchers.push_back(Matcher::Equal(std::string(kMetricName), selector->name));
  return selector;
}

/// `{a="b", c=~"d"}`; sets the end of the selector's position.
bool Parser::ParseMatchers(VectorSelector* selector) {
  if (!Expect(TokenType::kLeftBrace)) return false;
  while (!TakeIf(TokenType::kRightBrace)) {
    if (!ParseMatcher(&selector->matchers)) return false;
    if (TakeIf(TokenType::kComma)) continue;
    Context context(this, "label matching", "\",\" or \"}\"");
    if (!Expect(TokenType::kRightBrace)) return false;
    break;
  }
  selector->position.end = token_.position().end;
  return true;
}

/// `name="value"`, `"name"="value"` or `"metric"`.
bool Parser::ParseMatcher(std::vector<Matcher>* matchers) {
  std::string name;
  const bool quoted = Peeks(TokenType::kString);
  {
    Context context(this, "label matching", "identifier or \"}\"");
    if (!quoted && !Expect(TokenType::kIdentifier)) return false;
  }
  if (quoted) {
    std::optional<std::string> unquoted = UnquoteToken(Take());
    if (!unquoted.has_value()) return false;
    name = std::move(*unquoted);
  } else {
    name = token_.text;
  }
  const int32_t start = token_.start;
  const std::optional<MatchType> type = MatchTypeOf(Peek().type);
  if (!type.has_value() && quoted && !failed()) {
    matchers->push_back(Matcher::Equal(std::string(kMetricName), name));
    return true;
  }
  if (!type.has_value()) {
    Context context(this, "label matching", "label matching operator");
    Unexpected();
    return false;
  }
  Take();
  Context context(this, "label matching", "string");
  if (!Expect(TokenType::kString)) return false;
  std::optional<std::string> value = UnquoteToken(token_);
  if (!value.has_value()) return false;
  StatusOr<Matcher> matcher = Matcher::Create(*type, std::move(name), std::move(*value));
  if (!matcher.ok()) {
    Fail({start, token_.position().end}, std::string(MessageOf(matcher.status())));
    return false;
  }
  matchers->push_back(*std::move(matcher));
  return true;
}

StatusOr<LabelSet> Parser::ParseMetric() {
  LabelSetBuilder labels;
  const std::string name(IsMetricName(Peek().type) ? Take().text : std::string_view());
  if (Peeks(TokenType::kLeftBrace)) ParseLabels(&labels);
  if (!failed() && !Peeks(TokenType::kEof)) Unexpected();
  if (failed()) return ErrorStatus();
  if (!name.empty()) labels.Set(kMetricName, name);
  return labels.Build();
}

/// `{a="b", "c d"="e", "metric"}`.
bool Parser::ParseLabels(LabelSetBuilder* labels) {
  if (!Expect(TokenType::kLeftBrace)) return false;
  while (!TakeIf(TokenType::kRightBrace)) {
    if (!ParseLabel(labels)) return false;
    if (TakeIf(TokenType::kComma)) continue;
    Context context(this, "label set", "\",\" or \"}\"");
    return Expect(TokenType::kRightBrace);
  }
  return true;
}

bool Parser::ParseLabel(LabelSetBuilder* labels) {
  std::optional<std::string> name;
  const bool quoted = Peeks(TokenType::kString);
  if (quoted) {
    name = UnquoteToken(Take());
  } else {
    Context context(this, "label set", "identifier or \"}\"");
    if (!Expect(TokenType::kIdentifier)) return false;
    name = token_.text;
  }
  if (!name.has_value()) return false;
  if (quoted && !Peeks(TokenType::kAssign)) {
    labels->Set(kMetricName, *name);
    return !failed();
  }
  {
    Context context(this, "label set", "\"=\"");
    if (!Expect(TokenType::kAssign)) return false;
  }
  Context context(this, "label set", "string");
  if (!Expect(TokenType::kString)) return false;
  const std::optional<std::string> value = UnquoteToken(token_);
  if (!value.has_value()) return false;
  labels->Set(*name, *value);
  return true;
}

std::unique_ptr<NumberLiteral> Parser::ParseNumberLiteral() {
  const Token token = Take();
  auto literal = std::make_unique<NumberLiteral>();
  literal->position = token.position();
  if (token.type == TokenType::kDuration) {
    literal->is_duration = true;
    const StatusOr<int64_t> ns = ParseDurationNs(token.text);
    if (!ns.ok()) return Fail(token.position(), std::string(MessageOf(ns.status())));
    constexpr int64_t kSecond = 1'000'000'000;
    literal->value = static_cast<double>(*ns / kSecond) + static_cast<double>(*ns % kSecond) / 1e9;
    return literal;
  }
  const StatusOr<double> value = ParseNumber(token.text);
  if (!value.ok()) {
    return Fail(token.position(),
                fmt::format("error parsing number: {}", MessageOf(value.status())));
  }
  literal->value = *value;
  return literal;
}

ExprPtr Parser::ParseStringLiteral() {
  const Token token = Take();
  std::optional<std::string> value = UnquoteToken(token);
  if (!value.has_value()) return nullptr;
  auto literal = std::make_unique<StringLiteral>();
  literal->value = std::move(*value);
  literal->position = token.position();
  return literal;
}

std::optional<std::string> Parser::UnquoteToken(const Token& token) {
  StatusOr<std::string> value = Unquote(token.text);
  if (value.ok()) return *std::move(value);
  Fail(token.position(),
       fmt::format("error unquoting string {}: {}", Quote(token.text), MessageOf(value.status())));
  return std::nullopt;
}

}  // namespace silverback::syntax

#include "query/syntax/parser.h"

#include "query/syntax/parser_impl.h"

namespace silverback::syntax {
namespace {

Status CheckLength(std::string_view text, const ParserOptions& options) {
  if (text.size() <= options.max_query_bytes) return absl::OkStatus();
  return InvalidArgument("query of {} bytes is longer than the limit of {}", text.size(),
                         options.max_query_bytes);
}

}  // namespace

ParserOptions AllFeatures() {
  return {.experimental_functions = true,
          .duration_expressions = true,
          .extended_range_selectors = true,
          .fill_modifiers = true};
}

StatusOr<ExprPtr> ParseExpr(std::string_view query, const ParserOptions& options) {
  RETURN_IF_ERROR(CheckLength(query, options));
  ASSIGN_OR_RETURN(ExprPtr expr, Parser(query, options).ParseExpression());
  RETURN_IF_ERROR(CheckTypes(query, expr.get()));
  return expr;
}

StatusOr<std::vector<Matcher>> ParseMetricSelector(std::string_view selector,
                                                   const ParserOptions& options) {
  RETURN_IF_ERROR(CheckLength(selector, options));
  return Parser(selector, options).ParseSelector();
}

StatusOr<LabelSet> ParseMetric(std::string_view metric, const ParserOptions& options) {
  RETURN_IF_ERROR(CheckLength(metric, options));
  return Parser(metric, options).ParseMetric();
}

StatusOr<int64_t> ParseDurationMs(std::string_view text) {
  ASSIGN_OR_RETURN(const int64_t ns, ParseDurationNs(text));
  return ns / 1'000'000;
}

std::string FormatParseError(std::string_view query, PositionRange position,
                             std::string_view message) {
  return fmt::format("{}: parse error: {}", StartPosition(position, query), message);
}

StatusOr<ExprPtr> Parser::ParseExpression() {
  if (Peeks(TokenType::kEof)) {
    Fail({}, "no expression found in input");
    return ErrorStatus();
  }
  ExprPtr expr = ParseBinary(0);
  if (!failed() && !Peeks(TokenType::kEof)) Unexpected();
  if (failed()) return ErrorStatus();
  return expr;
}

StatusOr<std::vector<Matcher>> Parser::ParseSelector() {
  std::unique_ptr<VectorSelector> selector = ParseVectorSelector();
  if (!failed() && !Peeks(TokenType::kEof)) Unexpected();
  if (failed()) return ErrorStatus();
  return std::move(selector->matchers);
}

const Token& Parser::Peek() {
  if (has_token_) return token_;
  token_ = lexer_.Next();
  has_token_ = true;
  switch (token_.type) {
    case TokenType::kError:
      Fail({token_.start, static_cast<int32_t>(query_.size())}, std::string(token_.text));
      break;
    case TokenType::kRightBrace:
    case TokenType::kRightParen:
    case TokenType::kRightBracket:
    case TokenType::kDuration:
    case TokenType::kNumber:
      last_closing_ = token_.position().end;
      break;
    default:
      break;
  }
  return token_;
}

Token Parser::Take() {
  Peek();
  has_token_ = false;
  return token_;
}

bool Parser::TakeIf(TokenType type) {
  if (!Peeks(type)) return false;
  Take();
  return true;
}

bool Parser::Expect(TokenType type) {
  if (TakeIf(type)) return true;
  Unexpected();
  return false;
}

std::nullptr_t Parser::Fail(PositionRange position, std::string message) {
  if (!error_.has_value()) error_ = ParseError{position, std::move(message)};
  return nullptr;
}

std::nullptr_t Parser::Unexpected() {
  const auto& [where, expected] = context_;
  std::string message = "unexpected " + Describe(Peek());
  if (!where.empty()) message += fmt::format(" in {}", where);
  if (!expected.empty()) message += fmt::format(", expected {}", expected);
  return Fail(Peek().position(), std::move(message));
}

Status Parser::ErrorStatus() const {
  return InvalidArgument("{}", FormatParseError(query_, error_->position, error_->message));
}

bool Parser::SetDepth(Expr* expr, int32_t deepest_child) {
  expr->depth = deepest_child + 1;
  if (expr->depth <= options_.max_depth) return true;
  TooDeep();
  return false;
}

bool Parser::Nesting::ok() {
  if (parser_->nesting_ <= parser_->options_.max_depth) return true;
  parser_->TooDeep();
  return false;
}

std::nullptr_t Parser::TooDeep() {
  return Fail(token_.position(),
              fmt::format("expression is nested deeper than the limit of {}", options_.max_depth));
}

}  // namespace silverback::syntax

// The recursive-descent parser behind query/syntax/parser.h. Private to this folder.
//
// Only the first error counts, so parsing stops there: every function returns null (or false) once
// `error_` is set. Error messages name the construct that the offending token stands in, innermost
// first: a `Context` on the stack says how to word an unexpected token while it lives. The parser
// reads a token only when it must, because positions of some nodes depend on the last closing token
// read (`last_closing_`).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "query/syntax/lexer.h"
#include "query/syntax/parser.h"

namespace silverback::syntax {

class Parser {
 public:
  Parser(std::string_view query, const ParserOptions& options)
      : query_(query), options_(options), lexer_(query) {}

  StatusOr<ExprPtr> ParseExpression();
  StatusOr<std::vector<Matcher>> ParseSelector();
  StatusOr<LabelSet> ParseMetric();

 private:
  /// While it lives, an unexpected token is reported as "in `where`, expected `expected`".
  class Context {
   public:
    Context(Parser* parser, std::string_view where, std::string_view expected)
        : parser_(parser), saved_(parser->context_) {
      parser->context_ = {where, expected};
    }
    ~Context() { parser_->context_ = saved_; }
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

   private:
    Parser* parser_;
    std::pair<std::string_view, std::string_view> saved_;
  };

  // Tokens.
  const Token& Peek();
  Token Take();
  bool Peeks(TokenType type) { return Peek().type == type; }
  bool TakeIf(TokenType type);
  /// Takes a token of that type; anything else is unexpected.
  bool Expect(TokenType type);

  // Errors. Only the first is kept. All return null, for use in return statements.
  std::nullptr_t Fail(PositionRange position, std::string message);
  std::nullptr_t Unexpected();
  Status ErrorStatus() const;
  bool failed() const { return error_.has_value(); }

  // Expressions (parse_expression.cc).
  ExprPtr ParseBinary(int min_precedence);
  ExprPtr ParseUnary();
  ExprPtr ParsePrimary();
  ExprPtr ParseParen();
  ExprPtr ParseNameOrCall();
  ExprPtr ParseCall(const Token& name);
  bool ParseArguments(std::vector<ExprPtr>* args);
  ExprPtr ParseAggregateOrName();
  ExprPtr ParseAggregate(const Token& op);
  bool ParseAggregateModifier(AggregateExpr* aggregate);
  ExprPtr FinishAggregate(std::unique_ptr<AggregateExpr> aggregate, std::vector<ExprPtr> args);
  bool ParseBinaryModifiers(BinaryExpr* binary, VectorMatching* matching);
  bool ParseGroupModifier(VectorMatching* matching);
  bool ParseFillModifiers(VectorMatching* matching);
  bool ParseFillValue(std::optional<double>* value);
  bool ParseGroupingLabels(std::vector<std::string>* labels);
  bool ParseGroupingLabel(std::string* label);

  // Selectors and literals (parse_selector.cc).
  std::unique_ptr<VectorSelector> ParseVectorSelector();
  std::unique_ptr<VectorSelector> FinishNamedSelector(const Token& name);
  bool ParseMatchers(VectorSelector* selector);
  bool ParseMatcher(std::vector<Matcher>* matchers);
  bool ParseLabels(LabelSetBuilder* labels);
  bool ParseLabel(LabelSetBuilder* labels);
  std::unique_ptr<NumberLiteral> ParseNumberLiteral();
  ExprPtr ParseStringLiteral();
  std::optional<std::string> UnquoteToken(const Token& token);

  // What may follow an expression: offset, @, anchored, smoothed, brackets (parse_suffix.cc).
  ExprPtr ParseSuffixes(ExprPtr expr);
  ExprPtr ParseOffset(ExprPtr expr);
  ExprPtr ParseAt(ExprPtr expr);
  ExprPtr ParseBrackets(ExprPtr expr);
  ExprPtr FinishMatrix(ExprPtr expr, const Token& left, ExprPtr range);
  ExprPtr FinishSubquery(ExprPtr expr, ExprPtr range, ExprPtr step, const Token& right);
  ExprPtr SetExtended(ExprPtr expr, bool anchored);
  ExprPtr ParseAtTimestamp(ExprPtr expr);
  ExprPtr SetAt(ExprPtr expr, std::optional<int64_t> timestamp_ms, AtModifier at);
  TimeModifiers* TimeModifiersOf(Expr* expr, std::string_view modifier);

  // Durations (parse_duration.cc).
  ExprPtr ParsePositiveDuration();
  ExprPtr ParseOffsetDuration();
  ExprPtr ParseSignedOffsetDuration(const Token& sign);
  ExprPtr ParseDuration(int min_precedence);
  ExprPtr ContinueDuration(ExprPtr lhs, int min_precedence);
  ExprPtr ParseDurationOperand();
  ExprPtr ParseDurationLiteral(const Token* sign);
  ExprPtr ParseDurationFunction();
  ExprPtr ParseWrappedDuration();
  ExprPtr Wrap(ExprPtr duration, int32_t start);
  ExprPtr ApplySign(const Token& sign, ExprPtr duration, bool wrapped);
  ExprPtr NewDuration(DurationOp op, ExprPtr lhs, ExprPtr rhs, PositionRange position);
  bool CheckDurationsEnabled(PositionRange position);

  /// Sets the depth of a new node from its deepest child and checks it against the limit.
  bool SetDepth(Expr* expr, int32_t deepest_child);
  /// Guards recursion: fails when the nesting of constructs being parsed reaches the limit.
  class Nesting {
   public:
    explicit Nesting(Parser* parser) : parser_(parser) { ++parser->nesting_; }
    ~Nesting() { --parser_->nesting_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;
    bool ok();

   private:
    Parser* parser_;
  };
  std::nullptr_t TooDeep();

  std::string_view query_;
  const ParserOptions& options_;
  Lexer lexer_;
  Token token_;  // the token peeked at, or else the last one taken
  bool has_token_ = false;
  int32_t last_closing_ = 0;
  int nesting_ = 0;
  std::pair<std::string_view, std::string_view> context_;

  struct ParseError {
    PositionRange position;
    std::string message;
  };
  std::optional<ParseError> error_;
};

/// "line:column: parse error: message", as upstream words it; `position` is where the error starts
/// in `query`.
std::string FormatParseError(std::string_view query, PositionRange position,
                             std::string_view message);

/// Checks types and the rules that the grammar does not state, and normalises binary expressions
/// (`matching` is present only between vectors, set operators are many-to-many). The error is that
/// of `ParseExpr`.
Status CheckTypes(std::string_view query, Expr* expr);

}  // namespace silverback::syntax

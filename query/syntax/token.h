// What the lexer cuts a query into.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "query/syntax/ast.h"

namespace silverback::syntax {

/// The order matters: operators, aggregators, keywords and preprocessors are told apart by range.
enum class TokenType : uint8_t {
  kEof,
  kError,
  kIdentifier,
  kMetricIdentifier,  // has a colon
  kNumber,
  kDuration,
  kString,
  kLeftParen,
  kRightParen,
  kLeftBrace,
  kRightBrace,
  kLeftBracket,
  kRightBracket,
  kComma,
  kColon,
  kAssign,  // =
  // Operators.
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMod,
  kPow,
  kAtan2,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kTrimUpper,
  kTrimLower,
  kAnd,
  kOr,
  kUnless,
  kRegexMatch,
  kRegexNoMatch,
  kAt,
  // Aggregators.
  kSum,
  kAvg,
  kCount,
  kMin,
  kMax,
  kGroup,
  kStddev,
  kStdvar,
  kTopk,
  kBottomk,
  kCountValues,
  kQuantile,
  kLimitk,
  kLimitRatio,
  // Keywords.
  kBool,
  kBy,
  kGroupLeft,
  kGroupRight,
  kFill,
  kFillLeft,
  kFillRight,
  kIgnoring,
  kOffset,
  kSmoothed,
  kAnchored,
  kOn,
  kWithout,
  // Preprocessors.
  kStart,
  kEnd,
  kStep,
  kRange,
  kMaxOf,
  kMinOf,
};

struct Token {
  TokenType type = TokenType::kEof;
  int32_t start = 0;      // byte offset in the query
  std::string_view text;  // as it stands in the query; of an error, the message

  PositionRange position() const { return {start, start + static_cast<int32_t>(text.size())}; }
};

inline bool IsBinaryOperator(TokenType t) {
  return t >= TokenType::kAdd && t <= TokenType::kUnless;
}
inline bool IsOperator(TokenType t) {
  return t >= TokenType::kAdd && t <= TokenType::kAt;
}
inline bool IsAggregator(TokenType t) {
  return t >= TokenType::kSum && t <= TokenType::kLimitRatio;
}
inline bool IsKeyword(TokenType t) {
  return t >= TokenType::kBool && t <= TokenType::kWithout;
}
inline bool IsPreprocessor(TokenType t) {
  return t >= TokenType::kStart;
}

/// Identifiers, and the keywords that may be a metric name.
bool IsMetricName(TokenType type);

/// The operator of a token. REQUIRES: IsBinaryOperator.
inline BinaryOp BinaryOpOf(TokenType t) {
  return static_cast<BinaryOp>(static_cast<int>(t) - static_cast<int>(TokenType::kAdd));
}
/// The aggregation of a token. REQUIRES: IsAggregator.
inline AggregateOp AggregateOpOf(TokenType t) {
  return static_cast<AggregateOp>(static_cast<int>(t) - static_cast<int>(TokenType::kSum));
}

/// The token type of a word in lower case, or kIdentifier when the word means nothing special.
TokenType KeywordType(std::string_view word);

/// How an error message names a token: `identifier "foo"`, `<op:+>`, `end of input`.
std::string Describe(const Token& token);

}  // namespace silverback::syntax

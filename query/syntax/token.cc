#include "query/syntax/token.h"

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include "engine/base/hash.h"
#include "query/syntax/text.h"

namespace silverback::syntax {
namespace {

using Keywords = absl::flat_hash_map<std::string, TokenType, StringHash, StringEqual>;

const Keywords& AllKeywords() {
  using enum TokenType;
  static const auto& words = *new Keywords{
      {"and", kAnd},
      {"or", kOr},
      {"unless", kUnless},
      {"atan2", kAtan2},
      {"sum", kSum},
      {"avg", kAvg},
      {"count", kCount},
      {"min", kMin},
      {"max", kMax},
      {"group", kGroup},
      {"stddev", kStddev},
      {"stdvar", kStdvar},
      {"topk", kTopk},
      {"bottomk", kBottomk},
      {"count_values", kCountValues},
      {"quantile", kQuantile},
      {"limitk", kLimitk},
      {"limit_ratio", kLimitRatio},
      {"offset", kOffset},
      {"smoothed", kSmoothed},
      {"anchored", kAnchored},
      {"by", kBy},
      {"without", kWithout},
      {"on", kOn},
      {"ignoring", kIgnoring},
      {"group_left", kGroupLeft},
      {"group_right", kGroupRight},
      {"fill", kFill},
      {"fill_left", kFillLeft},
      {"fill_right", kFillRight},
      {"bool", kBool},
      {"start", kStart},
      {"end", kEnd},
      {"step", kStep},
      {"range", kRange},
      {"max_of", kMaxOf},
      {"min_of", kMinOf},
      {"inf", kNumber},
      {"nan", kNumber},
  };
  return words;
}

/// The token's text in quotes; of long texts the first ten characters.
std::string QuoteShort(std::string_view text) {
  if (text.size() <= 10) return Quote(text);
  return Quote(FirstRunes(text, 10)) + "...";
}

}  // namespace

TokenType KeywordType(std::string_view word) {
  const auto it = AllKeywords().find(word);
  return it == AllKeywords().end() ? TokenType::kIdentifier : it->second;
}

bool IsMetricName(TokenType type) {
  switch (type) {
    case TokenType::kIdentifier:
    case TokenType::kMetricIdentifier:
    case TokenType::kBy:
    case TokenType::kFill:
    case TokenType::kFillLeft:
    case TokenType::kFillRight:
    case TokenType::kAnd:
    case TokenType::kOr:
    case TokenType::kUnless:
    case TokenType::kOffset:
    case TokenType::kWithout:
    case TokenType::kAnchored:
    case TokenType::kSmoothed:
      return true;
    default:
      return IsAggregator(type) || IsPreprocessor(type);
  }
}

std::string Describe(const Token& token) {
  switch (token.type) {
    case TokenType::kEof:
      return "end of input";
    case TokenType::kError:
      return fmt::format("error {}", token.text);
    case TokenType::kIdentifier:
      return "identifier " + Quote(token.text);
    case TokenType::kMetricIdentifier:
      return "metric identifier " + Quote(token.text);
    case TokenType::kNumber:
      return "number " + QuoteShort(token.text);
    case TokenType::kDuration:
      return "duration " + QuoteShort(token.text);
    case TokenType::kString:
      return "string " + QuoteShort(token.text);
    default:
      break;
  }
  if (IsKeyword(token.type)) return fmt::format("<{}>", token.text);
  if (IsOperator(token.type)) return fmt::format("<op:{}>", token.text);
  if (IsAggregator(token.type)) return fmt::format("<aggr:{}>", token.text);
  return QuoteShort(token.text);
}

}  // namespace silverback::syntax

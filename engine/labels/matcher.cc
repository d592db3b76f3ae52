#include "engine/labels/matcher.h"

#include <algorithm>
#include <re2/re2.h>

#include "engine/labels/label_set.h"
#include "engine/labels/regex_shape.h"

namespace silverback {
namespace {

/// So many values may stand in place of a regex.
constexpr size_t kMaxLiterals = 256;

/// The reason in the words of Go's regexp, which users of Prometheus know.
std::string_view RegexErrorText(RE2::ErrorCode code) {
  switch (code) {
    case RE2::ErrorBadEscape:
      return "invalid escape sequence";
    case RE2::ErrorBadCharClass:
      return "invalid character class";
    case RE2::ErrorBadCharRange:
      return "invalid character class range";
    case RE2::ErrorMissingBracket:
      return "missing closing ]";
    case RE2::ErrorMissingParen:
      return "missing closing )";
    case RE2::ErrorUnexpectedParen:
      return "unexpected )";
    case RE2::ErrorTrailingBackslash:
      return "trailing backslash at end of expression";
    case RE2::ErrorRepeatArgument:
      return "missing argument to repetition operator";
    case RE2::ErrorRepeatSize:
      return "invalid repeat count";
    case RE2::ErrorRepeatOp:
      return "invalid nested repetition operator";
    case RE2::ErrorBadPerlOp:
      return "invalid or unsupported Perl syntax";
    case RE2::ErrorBadUTF8:
      return "invalid UTF-8";
    case RE2::ErrorBadNamedCapture:
      return "invalid named capture";
    case RE2::ErrorPatternTooLarge:
      return "expression too large";
    default:
      return "internal error";
  }
}

std::string CommonPrefix(const std::vector<std::string>& strings) {
  std::string prefix = strings.empty() ? "" : strings.front();
  for (const std::string& s : strings) {
    const auto [end, unused] = std::mismatch(prefix.begin(), prefix.end(), s.begin(), s.end());
    prefix.erase(end, prefix.end());
  }
  return prefix;
}

RE2::Options Options() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_dot_nl(true);
  options.set_never_capture(true);
  return options;
}

}  // namespace

struct Matcher::Compiled {
  std::unique_ptr<const RE2> regex;  // null for = and !=
  std::optional<std::vector<std::string>> literals;
  std::string prefix;
  RegexShape shape;

  /// Whether the condition without its negation holds.
  bool Matches(std::string_view value) const {
    if (literals.has_value()) {
      return std::binary_search(literals->begin(), literals->end(), value, std::less<>());
    }
    if (value.substr(0, prefix.size()) != prefix) return false;
    if (shape.exact && shape.tail != RegexShape::Tail::kUnknown) return MatchesShape(value);
    return MatchesRegex(value);
  }

  /// One of a few heads, then `.*` or `.+`.
  bool MatchesShape(std::string_view value) const {
    const size_t least = shape.tail == RegexShape::Tail::kSome ? 1 : 0;
    return std::any_of(shape.heads.begin(), shape.heads.end(), [&](const std::string& head) {
      return value.size() >= head.size() + least && value.substr(0, head.size()) == head;
    });
  }

  bool MatchesRegex(std::string_view value) const {
    const re2::StringPiece text(value.data(), value.size());
    return regex->Match(text, 0, text.size(), RE2::ANCHOR_BOTH, nullptr, 0);
  }
};

std::string_view MatchTypeName(MatchType type) {
  switch (type) {
    case MatchType::kEqual:
      return "=";
    case MatchType::kNotEqual:
      return "!=";
    case MatchType::kRegex:
      return "=~";
    case MatchType::kNotRegex:
      return "!~";
  }
  return "";
}

Matcher::Matcher(MatchType type, std::string name, std::string value)
    : type_(type), name_(std::move(name)), value_(std::move(value)) {}

StatusOr<Matcher> Matcher::Create(MatchType type, std::string name, std::string value) {
  Matcher matcher(type, std::move(name), std::move(value));
  auto compiled = std::make_shared<Compiled>();
  if (type == MatchType::kEqual || type == MatchType::kNotEqual) {
    compiled->literals = {matcher.value_};
    compiled->prefix = matcher.value_;
    matcher.compiled_ = std::move(compiled);
    return matcher;
  }
  compiled->regex = std::make_unique<const RE2>(matcher.value_, Options());
  const RE2& regex = *compiled->regex;
  if (!regex.ok()) {
    return InvalidArgument("error parsing regexp: {}: `{}`", RegexErrorText(regex.error_code()),
                           regex.error_arg());
  }
  compiled->shape = ShapeOfRegex(matcher.value_, kMaxLiterals);
  RegexShape& shape = compiled->shape;
  compiled->prefix = CommonPrefix(shape.heads);
  if (shape.tail == RegexShape::Tail::kNothing) {
    if (!shape.exact) {
      std::erase_if(shape.heads,
                    [&](const std::string& head) { return !compiled->MatchesRegex(head); });
    }
    compiled->literals = std::move(shape.heads);
  }
  matcher.compiled_ = std::move(compiled);
  return matcher;
}

Matcher Matcher::Equal(std::string name, std::string value) {
  return *Create(MatchType::kEqual, std::move(name), std::move(value));
}

bool Matcher::Matches(std::string_view value) const {
  switch (type_) {
    case MatchType::kEqual:
      return value == value_;
    case MatchType::kNotEqual:
      return value != value_;
    case MatchType::kRegex:
      return compiled_->Matches(value);
    case MatchType::kNotRegex:
      return !compiled_->Matches(value);
  }
  return false;
}

Matcher Matcher::Inverse() const {
  Matcher inverse = *this;
  switch (type_) {
    case MatchType::kEqual:
      inverse.type_ = MatchType::kNotEqual;
      break;
    case MatchType::kNotEqual:
      inverse.type_ = MatchType::kEqual;
      break;
    case MatchType::kRegex:
      inverse.type_ = MatchType::kNotRegex;
      break;
    case MatchType::kNotRegex:
      inverse.type_ = MatchType::kRegex;
      break;
  }
  return inverse;
}

const std::optional<std::vector<std::string>>& Matcher::literals() const {
  return compiled_->literals;
}

std::string_view Matcher::prefix() const {
  return compiled_->prefix;
}

std::string Matcher::ToString() const {
  return fmt::format("{}{}{}", IsPlainLabelName(name_) ? name_ : Quote(name_), MatchTypeName(type_),
                     Quote(value_));
}

}  // namespace silverback

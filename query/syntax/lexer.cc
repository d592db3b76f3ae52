#include "query/syntax/lexer.h"

#include <fmt/format.h>

namespace silverback::syntax {
namespace {

bool IsSpace(int32_t c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool IsDigit(int32_t c) {
  return c >= '0' && c <= '9';
}
bool IsAlpha(int32_t c) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsAlphaNumeric(int32_t c) {
  return IsAlpha(c) || IsDigit(c);
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool StartsDurationKeyword(int32_t c) {
  return c == 's' || c == 'S' || c == 'r' || c == 'R' || c == 'm' || c == 'M';
}

}  // namespace

Token Lexer::Next() {
  while (!done_ && !Scan()) {
  }
  return token_;
}

int32_t Lexer::EndOfPreviousRightParen(int32_t fallback) const {
  const auto size = static_cast<int32_t>(input_.size());
  const int32_t last = token_.start;
  if (fallback <= 0 || fallback > size || last <= 0 || last >= size) return fallback;
  if (input_[static_cast<size_t>(last)] != ')') return fallback;
  for (int32_t i = last - 1; i > 0; --i) {
    const char c = input_[static_cast<size_t>(i)];
    if (c == ')') return i + 1;
    if (!IsSpace(c)) return fallback;
  }
  return fallback;
}

int32_t Lexer::NextRune() {
  const Rune rune = DecodeRune(Rest());
  width_ = rune.bytes;
  pos_ += width_;
  return rune.code;
}

bool Lexer::IsNext(std::string_view set) const {
  return static_cast<size_t>(pos_) < input_.size() &&
         set.find(input_[static_cast<size_t>(pos_)]) != set.npos;
}

bool Lexer::Accept(std::string_view set) {
  if (!IsNext(set)) return false;
  NextRune();
  return true;
}

bool Lexer::Emit(TokenType type) {
  token_ = {type, start_, Pending()};
  start_ = pos_;
  return true;
}

bool Lexer::Fail(std::string message) {
  error_ = std::move(message);
  token_ = {TokenType::kError, start_, error_};
  done_ = true;
  return true;
}

/// Reads what stands next. False when it was no token (white space, a comment).
bool Lexer::Scan() {
  if (in_braces_) return ScanInsideBraces();
  if (duration_mode_) return ScanInsideBrackets();
  return ScanStatement();
}

/// Skips white space or a comment, if there is one.
bool Lexer::ScanSpaceOrComment(bool comments) {
  if (comments && IsNext("#")) {
    while (!IsNext("\r\n") && NextRune() != kEndOfText) {
    }
  } else if (IsNext(" \t\n\r")) {
    while (Accept(" \t\n\r")) {
    }
  } else {
    return false;
  }
  start_ = pos_;
  return true;
}

bool Lexer::ScanStatement() {
  if (ScanSpaceOrComment(/*comments=*/true)) return false;
  const int32_t c = NextRune();
  if (c == kEndOfText) {
    if (parens_ != 0) return Fail("unclosed left parenthesis");
    if (in_brackets_) return Fail("unclosed left bracket");
    done_ = true;
    return Emit(TokenType::kEof);
  }
  if (IsDigit(c) || (c == '.' && IsDigit(PeekRune()))) {
    Backup();
    return ScanNumberOrDuration();
  }
  if (IsAlpha(c) || c == ':') {
    if (in_brackets_) return ScanWordInsideBrackets(c);
    Backup();
    return ScanWord();
  }
  switch (c) {
    case '"':
    case '\'':
      return ScanQuoted(c);
    case '`':
      return ScanRawQuoted();
    case '(':
    case ')':
      return ScanParenthesis(c);
    case '{':
      in_braces_ = true;
      return Emit(TokenType::kLeftBrace);
    case '[':
      return ScanLeftBracket();
    case ']':
      if (!in_brackets_) return Fail(fmt::format("unexpected right bracket {}", QuoteRune(c)));
      in_brackets_ = false;
      return Emit(TokenType::kRightBracket);
    default:
      return ScanOperator(c);
  }
}

bool Lexer::ScanOperator(int32_t c) {
  switch (c) {
    case ',':
      return Emit(TokenType::kComma);
    case '*':
      return Emit(TokenType::kMul);
    case '/':
      return Emit(TokenType::kDiv);
    case '%':
      return Emit(TokenType::kMod);
    case '+':
      return Emit(TokenType::kAdd);
    case '-':
      return Emit(TokenType::kSub);
    case '^':
      return Emit(TokenType::kPow);
    case '@':
      return Emit(TokenType::kAt);
    case '=':
      if (Accept("=")) return Emit(TokenType::kEqual);
      if (IsNext("~")) {
        return Fail(fmt::format("unexpected character after '=': {}", QuoteRune('~')));
      }
      return Emit(TokenType::kAssign);
    case '!': {
      const int32_t next = NextRune();
      if (next == '=') return Emit(TokenType::kNotEqual);
      return Fail(fmt::format("unexpected character after '!': {}", QuoteRune(next)));
    }
    case '<':
      if (Accept("=")) return Emit(TokenType::kLessOrEqual);
      return Emit(Accept("/") ? TokenType::kTrimUpper : TokenType::kLess);
    case '>':
      if (Accept("=")) return Emit(TokenType::kGreaterOrEqual);
      return Emit(Accept("/") ? TokenType::kTrimLower : TokenType::kGreater);
    default:
      return Fail(fmt::format("unexpected character: {}", QuoteRune(c)));
  }
}

bool Lexer::ScanParenthesis(int32_t c) {
  Emit(c == '(' ? TokenType::kLeftParen : TokenType::kRightParen);
  parens_ += c == '(' ? 1 : -1;
  if (parens_ < 0) return Fail(fmt::format("unexpected right parenthesis {}", QuoteRune(c)));
  return true;
}

bool Lexer::ScanLeftBracket() {
  if (in_brackets_) return Fail(fmt::format("unexpected left bracket {}", QuoteRune('[')));
  Emit(TokenType::kLeftBracket);
  ScanSpaceOrComment(/*comments=*/false);
  in_brackets_ = true;
  duration_mode_ = true;
  got_colon_ = false;
  return true;
}

/// A colon or a duration keyword behind the first number in brackets; `c` has been read.
bool Lexer::ScanWordInsideBrackets(int32_t c) {
  if (c == ':') {
    if (got_colon_) return Fail(fmt::format("unexpected colon {}", QuoteRune(c)));
    got_colon_ = true;
    return Emit(TokenType::kColon);
  }
  if (StartsDurationKeyword(c) && ScanDurationKeyword()) return true;
  return Fail(fmt::format("unexpected character: {}, expected {}", QuoteRune(c), QuoteRune(':')));
}

/// Between a bracket and the first number.
bool Lexer::ScanInsideBrackets() {
  if (ScanSpaceOrComment(/*comments=*/false)) return false;
  const int32_t c = NextRune();
  if (c == kEndOfText) return Fail("unexpected end of input in duration expression");
  if (IsDigit(c) || (c == '.' && IsDigit(PeekRune()))) {
    Backup();
    got_duration_ = true;
    duration_mode_ = false;
    return ScanNumberOrDuration();
  }
  const auto unexpected = [&] {
    return Fail(fmt::format("unexpected character in duration expression: {}", QuoteRune(c)));
  };
  if (StartsDurationKeyword(c)) return ScanDurationKeyword() || unexpected();
  switch (c) {
    case ']':
      in_brackets_ = false;
      duration_mode_ = false;
      got_colon_ = false;
      return Emit(TokenType::kRightBracket);
    case ':':
      Emit(TokenType::kColon);
      if (!got_duration_) {
        return Fail("unexpected colon before duration in duration expression");
      }
      if (got_colon_) return Fail("unexpected repeated colon in duration expression");
      got_colon_ = true;
      return true;
    case '(':
    case ')':
      return ScanParenthesis(c);
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '^':
    case ',':
      return ScanOperator(c);
    default:
      return unexpected();
  }
}

/// A keyword that is a duration; its first character has been read. False, and nothing emitted, for
/// other words.
bool Lexer::ScanDurationKeyword() {
  while (IsAlpha(PeekRune())) NextRune();
  const TokenType type = KeywordType(Lower(Pending()));
  const bool duration = type == TokenType::kStep || type == TokenType::kRange ||
                        type == TokenType::kMaxOf || type == TokenType::kMinOf;
  return duration && Emit(type);
}

bool Lexer::ScanWord() {
  while (IsAlphaNumeric(PeekRune()) || PeekRune() == ':') NextRune();
  const TokenType type = KeywordType(Lower(Pending()));
  switch (type) {
    case TokenType::kIdentifier:
      return Emit(Pending().find(':') == std::string_view::npos ? TokenType::kIdentifier
                                                                : TokenType::kMetricIdentifier);
    case TokenType::kFill:
    case TokenType::kFillLeft:
    case TokenType::kFillRight:
      // These came late: metrics of that name go on working.
      return Emit(FollowedByLeftParen() ? type : TokenType::kIdentifier);
    default:
      return Emit(type);
  }
}

bool Lexer::FollowedByLeftParen() const {
  const std::string_view rest = Rest();
  const size_t next = rest.find_first_not_of(" \t\n\r");
  return next != rest.npos && rest[next] == '(';
}

bool Lexer::ScanInsideBraces() {
  if (ScanSpaceOrComment(/*comments=*/true)) return false;
  const int32_t c = NextRune();
  if (c == kEndOfText) return Fail("unexpected end of input inside braces");
  if (IsAlpha(c)) {
    while (IsAlphaNumeric(PeekRune())) NextRune();
    return Emit(TokenType::kIdentifier);
  }
  switch (c) {
    case ',':
      return Emit(TokenType::kComma);
    case '"':
    case '\'':
      return ScanQuoted(c);
    case '`':
      return ScanRawQuoted();
    case '=':
    case '!':
      return ScanMatchOperator(c);
    case '{':
      return Fail(fmt::format("unexpected left brace {}", QuoteRune(c)));
    case '}':
      in_braces_ = false;
      return Emit(TokenType::kRightBrace);
    default:
      return Fail(fmt::format("unexpected character inside braces: {}", QuoteRune(c)));
  }
}

bool Lexer::ScanMatchOperator(int32_t c) {
  if (c == '=') return Emit(Accept("~") ? TokenType::kRegexMatch : TokenType::kAssign);
  const int32_t next = NextRune();
  if (next == '~') return Emit(TokenType::kRegexNoMatch);
  if (next == '=') return Emit(TokenType::kNotEqual);
  return Fail(fmt::format("unexpected character after '!' inside braces: {}", QuoteRune(next)));
}

bool Lexer::ScanQuoted(int32_t quote) {
  while (true) {
    const int32_t c = NextRune();
    if (c == quote) return Emit(TokenType::kString);
    if (c == kInvalidRune) return Fail("invalid UTF-8 rune");
    if (c == kEndOfText || c == '\n') return Fail("unterminated quoted string");
    if (c == '\\' && !ScanEscape(quote)) return true;
  }
}

bool Lexer::ScanRawQuoted() {
  while (true) {
    const int32_t c = NextRune();
    if (c == '`') return Emit(TokenType::kString);
    if (c == kInvalidRune) return Fail("invalid UTF-8 rune");
    if (c == kEndOfText) return Fail("unterminated raw string");
  }
}

/// Checks the escape sequence whose backslash has been read. False when the lexer has failed.
bool Lexer::ScanEscape(int32_t quote) {
  int32_t c = NextRune();
  if (c == quote) return true;
  int digits = 0;
  uint32_t base = 16;
  uint32_t max = 0x10ffff;
  switch (c) {
    case 'a':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
    case 'v':
    case '\\':
      return true;
    case 'x':
      digits = 2, max = 0xff;
      break;
    case 'u':
      digits = 4;
      break;
    case 'U':
      digits = 8;
      break;
    case kEndOfText:
      return !Fail("escape sequence not terminated");
    default:
      if (c < '0' || c > '7') {
        return !Fail(fmt::format("unknown escape sequence {}", DescribeRune(c)));
      }
      digits = 3, base = 8, max = 0xff;
      Backup();
  }
  uint32_t value = 0;
  for (; digits > 0; --digits) {
    c = NextRune();
    if (c == kEndOfText) return !Fail("escape sequence not terminated");
    uint32_t digit = 16;
    if (IsDigit(c)) digit = static_cast<uint32_t>(c - '0');
    if (c >= 'a' && c <= 'f') digit = static_cast<uint32_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') digit = static_cast<uint32_t>(c - 'A' + 10);
    if (digit >= base) {
      return !Fail(fmt::format("illegal character {} in escape sequence", DescribeRune(c)));
    }
    value = value * base + digit;
  }
  if (value > max || (value >= 0xd800 && value < 0xe000)) {
    return !Fail("escape sequence is an invalid Unicode code point");
  }
  return true;
}

bool Lexer::ScanNumberOrDuration() {
  if (ScanNumber()) return Emit(TokenType::kNumber);
  // What follows the digits must be a unit, further numbers with units, and then the end of the
  // word.
  if (ScanRestOfDuration()) return Emit(TokenType::kDuration);
  return Fail(fmt::format("bad number or duration syntax: {}", Quote(Pending())));
}

/// Reads the form of a number only: what is accepted here may still be no number. False leaves the
/// position behind what was read.
bool Lexer::ScanNumber() {
  static constexpr std::string_view kDecimal = "0123456789";
  static constexpr std::string_view kHexadecimal = "0123456789abcdefABCDEF";
  const int32_t begin = pos_;
  const bool hex = Accept("0") && Accept("xX");
  if (hex) Accept("_");
  const std::string_view digits = hex ? kHexadecimal : kDecimal;
  Accept(".");
  Accept(digits);
  bool dot = false;
  bool exponent = false;
  while (IsNext(digits) || IsNext("._eE")) {
    if (IsNext(".")) {
      const bool repeated = dot;
      Accept(".");
      dot = true;
      if (repeated || Accept("_.") || hex) return false;
    } else if (IsNext("eE")) {
      const bool repeated = exponent;
      Accept("eE");
      if (repeated) return false;
      exponent = true;
      Accept("+-");
      if (Accept("._eE") || PeekRune() == kEndOfText) return false;
    } else if (Accept("_")) {
      if (Accept("._eE") || PeekRune() == kEndOfText) return false;
    } else {
      while (Accept(digits)) {
      }
    }
  }
  return pos_ != begin && !IsAlphaNumeric(PeekRune());
}

bool Lexer::ScanRestOfDuration() {
  if (!Accept("smhdwy")) return false;
  Accept("s");  // milliseconds
  while (Accept("0123456789")) {
    while (Accept("0123456789")) {
    }
    if (!Accept("smhdw")) return false;
    Accept("s");
  }
  const bool ends = !IsAlphaNumeric(PeekRune());
  if (!ends) NextRune();
  return ends;
}

}  // namespace silverback::syntax

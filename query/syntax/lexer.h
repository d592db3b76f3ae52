// Cuts a query into tokens.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "query/syntax/text.h"
#include "query/syntax/token.h"

namespace silverback::syntax {

/// Reads one token after the other. What a character means depends on what is open - braces,
/// brackets - so the lexer keeps track of both. After an error or the end every call gives the same
/// token again. Not safe for concurrent use.
class Lexer {
 public:
  /// `input` must outlive the lexer and its tokens.
  explicit Lexer(std::string_view input) : input_(input) {}
  Lexer(const Lexer&) = delete;
  Lexer& operator=(const Lexer&) = delete;

  /// The next token; comments and white space are skipped. The text of an error token is owned by
  /// the lexer. An error starts where the token that could not be read starts.
  Token Next();

  /// When the token last read is a right parenthesis and nothing but white space stands between it
  /// and another one before it, the end of that one; `fallback` otherwise.
  int32_t EndOfPreviousRightParen(int32_t fallback) const;

 private:
  bool Scan();
  bool ScanStatement();
  bool ScanInsideBraces();
  bool ScanInsideBrackets();
  bool ScanSpaceOrComment(bool comments);
  bool ScanOperator(int32_t c);
  bool ScanParenthesis(int32_t c);
  bool ScanLeftBracket();
  bool ScanWordInsideBrackets(int32_t c);
  bool ScanWord();
  bool ScanMatchOperator(int32_t c);
  bool ScanNumberOrDuration();
  bool ScanNumber();
  bool ScanRestOfDuration();
  bool ScanDurationKeyword();
  bool ScanQuoted(int32_t quote);
  bool ScanRawQuoted();
  bool ScanEscape(int32_t quote);
  bool FollowedByLeftParen() const;

  int32_t NextRune();
  int32_t PeekRune() const { return DecodeRune(Rest()).code; }
  void Backup() { pos_ -= width_; }
  bool Accept(std::string_view set);
  bool IsNext(std::string_view set) const;
  std::string_view Rest() const { return input_.substr(static_cast<size_t>(pos_)); }
  std::string_view Pending() const {
    return input_.substr(static_cast<size_t>(start_), static_cast<size_t>(pos_ - start_));
  }

  bool Emit(TokenType type);
  bool Fail(std::string message);

  std::string_view input_;
  Token token_;
  bool done_ = false;
  int32_t pos_ = 0;    // of the next character
  int32_t start_ = 0;  // of the token being read
  int32_t width_ = 0;  // of the character last read
  int parens_ = 0;
  bool in_braces_ = false;
  bool in_brackets_ = false;
  /// Inside brackets, until the first number: a stricter set of characters.
  bool duration_mode_ = false;
  bool got_colon_ = false;
  bool got_duration_ = false;
  std::string error_;
};

}  // namespace silverback::syntax

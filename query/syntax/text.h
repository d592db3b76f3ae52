// Characters, quoting and numbers as the query language writes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/labels/label_set.h"

namespace silverback::syntax {

/// Stands for the end of the text where a character is expected.
inline constexpr int32_t kEndOfText = -1;
/// What a byte that is not valid UTF-8 is read as.
inline constexpr int32_t kInvalidRune = 0xfffd;

struct Rune {
  int32_t code = kEndOfText;
  int32_t bytes = 0;
};

/// The first character of `text`: kInvalidRune of one byte where it is not valid UTF-8, kEndOfText
/// when it is empty.
Rune DecodeRune(std::string_view text);

/// The first `count` characters.
std::string_view FirstRunes(std::string_view text, size_t count);

void AppendUtf8(std::string* out, int32_t code);

/// A character in single quotes, as Go's %q.
std::string QuoteRune(int32_t code);

/// `U+0041 'A'`, as Go's %#U.
std::string DescribeRune(int32_t code);

/// The value of a string literal with its quotes (" ' or `). InvalidArgument("invalid syntax") when
/// malformed.
StatusOr<std::string> Unquote(std::string_view literal);

/// The value of a number literal: decimal, octal (leading 0), hexadecimal, with underscores, Inf,
/// NaN. The error is worded as Go's strconv.
StatusOr<double> ParseNumber(std::string_view literal);

/// A duration literal ("1h30m") in nanoseconds.
StatusOr<int64_t> ParseDurationNs(std::string_view literal);

}  // namespace silverback::syntax

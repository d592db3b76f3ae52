#include "query/functions/float_parse.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <system_error>
#include <utility>

namespace silverback {
namespace {

bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

bool IsDigit(char c, bool hex) {
  return (c >= '0' && c <= '9') || (hex && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')));
}

/// `text` without the underscores between its digits; nothing if one stands elsewhere. After "0x" one may stand at once.
std::optional<std::string> WithoutUnderscores(std::string_view text, bool hex) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      result += text[i];
      continue;
    }
    const bool after_digit = i == 0 ? hex : IsDigit(text[i - 1], hex);
    if (!after_digit || i + 1 == text.size() || !IsDigit(text[i + 1], hex)) return std::nullopt;
  }
  return result;
}

}  // namespace

std::optional<double> ParseFloat(std::string_view text) {
  if (EqualsIgnoringCase(text, "nan")) return std::numeric_limits<double>::quiet_NaN();
  std::string_view digits = text;
  bool negative = false;
  if (!digits.empty() && (digits[0] == '+' || digits[0] == '-')) {
    negative = digits[0] == '-';
    digits.remove_prefix(1);
  }
  const auto with_sign = [negative](double value) { return negative ? -value : value; };
  if (EqualsIgnoringCase(digits, "inf") || EqualsIgnoringCase(digits, "infinity")) {
    return with_sign(std::numeric_limits<double>::infinity());
  }
  auto format = std::chars_format::general;
  if (digits.size() > 2 && digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) {
    format = std::chars_format::hex;
    digits.remove_prefix(2);
    if (digits.find_first_of("pP") == std::string_view::npos) return std::nullopt;
  }
  const bool hex = format == std::chars_format::hex;
  std::string plain;
  if (digits.find('_') != std::string_view::npos) {
    auto without = WithoutUnderscores(digits, hex);
    if (!without) return std::nullopt;
    plain = std::move(*without);
    digits = plain;
  }
  // What from_chars would read besides numbers (a second sign, "nan(...)") is none.
  if (digits.empty() || digits.find_first_of("-+iInN") == 0) return std::nullopt;
  double value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, format);
  if (stop != end) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    // Too small is zero (or the nearest subnormal); too large is an error.
    const std::string terminated = (hex ? "0x" : "") + std::string(digits);
    value = std::strtod(terminated.c_str(), nullptr);
    if (std::isinf(value)) return std::nullopt;
  } else if (error != std::errc()) {
    return std::nullopt;
  }
  return with_sign(value);
}

}  // namespace silverback

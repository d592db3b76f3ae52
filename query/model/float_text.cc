#include "query/model/float_text.h"

#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <string_view>

namespace silverback {
namespace {

/// The shortest decimal digits of a finite, non-zero |value| and the exponent of the first one.
struct Digits {
  std::string digits;
  int exponent = 0;
};

Digits ShortestDigits(double value) {
  char buffer[32];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, std::abs(value), std::chars_format::scientific)
          .ptr;
  const std::string_view text(buffer, static_cast<size_t>(end - buffer));
  const size_t e = text.find('e');
  Digits result;
  for (const char c : text.substr(0, e)) {
    if (c != '.') result.digits.push_back(c);
  }
  const std::string_view exponent = text.substr(e + 1);
  const char* first = exponent.data() + (exponent[0] == '+' ? 1 : 0);
  std::from_chars(first, exponent.data() + exponent.size(), result.exponent);
  return result;
}

std::string Scientific(const Digits& d) {
  const std::string_view digits = d.digits;
  return fmt::format("{}{}{}e{}{:02}", digits[0], digits.size() > 1 ? "." : "", digits.substr(1),
                     d.exponent < 0 ? '-' : '+', std::abs(d.exponent));
}

std::string Positional(const Digits& d) {
  if (d.exponent < 0) {
    return fmt::format("0.{:0>{}}", d.digits,
                       d.digits.size() + static_cast<size_t>(-d.exponent) - 1);
  }
  const auto integer_digits = static_cast<size_t>(d.exponent) + 1;
  if (d.digits.size() <= integer_digits) {
    return fmt::format("{:0<{}}", d.digits, integer_digits);
  }
  const std::string_view digits = d.digits;
  return fmt::format("{}.{}", digits.substr(0, integer_digits), digits.substr(integer_digits));
}

}  // namespace

std::string FormatShortest(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  const std::string_view sign = std::signbit(value) ? "-" : "";
  if (value == 0) return fmt::format("{}0", sign);
  const Digits digits = ShortestDigits(value);
  const bool scientific = digits.exponent < -4 || digits.exponent >= 6;
  return fmt::format("{}{}", sign, scientific ? Scientific(digits) : Positional(digits));
}

std::string FormatOpenMetrics(double value) {
  std::string text = FormatShortest(value);
  if (!std::isfinite(value) || text.find_first_of("e.") != std::string::npos) return text;
  return text + ".0";
}

}  // namespace silverback

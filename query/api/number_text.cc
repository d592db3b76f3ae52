#include "query/api/number_text.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <string_view>

namespace silverback {
namespace {

/// 2^53: below it every whole number is a double.
constexpr double kExactWhole = 9007199254740992.0;

template <typename T>
void AppendChars(std::string* out, T value) {
  char text[24];
  const auto result = std::to_chars(text, text + sizeof(text), value);
  out->append(text, static_cast<size_t>(result.ptr - text));
}

bool AppendSpecial(std::string* out, double value) {
  if (std::isnan(value)) {
    out->append("NaN");
  } else if (std::isinf(value)) {
    out->append(value > 0 ? "+Inf" : "-Inf");
  } else {
    return false;
  }
  return true;
}

/// Whole numbers below 2^53 have all their digits; others go the long way.
bool AppendWhole(std::string* out, double value) {
  if (!(std::fabs(value) < kExactWhole)) return false;
  const int64_t whole = static_cast<int64_t>(value);
  if (static_cast<double>(whole) != value) return false;
  if (whole == 0 && std::signbit(value)) out->push_back('-');
  AppendChars(out, whole);
  return true;
}

/// The shortest decimal digits of a finite value: 0.d1d2d3... * 10^point.
struct Decimal {
  bool negative = false;
  char digits[24];
  int count = 0;
  int point = 0;

  explicit Decimal(double value) {
    char text[40];
    const auto end =
        std::to_chars(text, text + sizeof(text), value, std::chars_format::scientific).ptr;
    const char* at = text;
    if (*at == '-') {
      negative = true;
      ++at;
    }
    for (; at != end && *at != 'e'; ++at) {
      if (*at != '.') digits[count++] = *at;
    }
    const char* exponent = at + 1;
    if (*exponent == '+') ++exponent;
    int power = 0;
    std::from_chars(exponent, end, power);
    point = power + 1;
  }
};

void AppendLayout(std::string* out, const Decimal& decimal) {
  if (decimal.negative) out->push_back('-');
  if (decimal.point <= 0) {
    out->append("0.");
    out->append(static_cast<size_t>(-decimal.point), '0');
    out->append(decimal.digits, static_cast<size_t>(decimal.count));
  } else if (decimal.point >= decimal.count) {
    out->append(decimal.digits, static_cast<size_t>(decimal.count));
    out->append(static_cast<size_t>(decimal.point - decimal.count), '0');
  } else {
    out->append(decimal.digits, static_cast<size_t>(decimal.point));
    out->push_back('.');
    out->append(decimal.digits + decimal.point, static_cast<size_t>(decimal.count - decimal.point));
  }
}

/// Values of at most six decimals and 15 digits, in a third of the time: the quotient of whole numbers is rounded as
/// reading the decimal would be, and no two decimals of up to 15 digits are the same double, so if it gives the value
/// back, there is no shorter text. `value` is no whole number.
bool AppendFewDecimals(std::string* out, double value) {
  constexpr double kScale = 1e6;
  constexpr double kMaxDigits = 1e15;
  const double scaled = std::nearbyint(value * kScale);
  if (!(std::fabs(scaled) < kMaxDigits) || scaled / kScale != value) return false;
  const auto magnitude = static_cast<uint64_t>(std::fabs(scaled));
  if (scaled < 0) out->push_back('-');
  AppendChars(out, magnitude / 1000000);
  char decimals[7] = {'.', 0, 0, 0, 0, 0, 0};
  uint64_t rest = magnitude % 1000000;
  for (int i = 6; i > 0; --i) {
    decimals[i] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  }
  size_t length = sizeof(decimals);
  while (decimals[length - 1] == '0') --length;
  out->append(decimals, length);
  return true;
}

/// Below 2^53 the standard library's own shortest form has the same digits, unless it finds an exponent shorter.
bool AppendShortest(std::string* out, double value) {
  if (!(std::fabs(value) < kExactWhole)) return false;
  char text[40];
  const auto end = std::to_chars(text, text + sizeof(text), value).ptr;
  const auto length = static_cast<size_t>(end - text);
  if (std::memchr(text, 'e', length) != nullptr) return false;
  out->append(text, length);
  return true;
}

void AppendScientific(std::string* out, double value) {
  char text[40];
  const auto end =
      std::to_chars(text, text + sizeof(text), value, std::chars_format::scientific).ptr;
  out->append(text, static_cast<size_t>(end - text));
}

}  // namespace

void AppendDoubleFixed(std::string* out, double value) {
  if (AppendWhole(out, value) || AppendSpecial(out, value)) return;
  AppendLayout(out, Decimal(value));
}

void AppendDoubleGeneral(std::string* out, double value) {
  if (AppendSpecial(out, value)) return;
  const Decimal decimal(value);
  if (value == 0 || (decimal.point > -4 && decimal.point <= 6)) return AppendDouble(out, value);
  AppendScientific(out, value);
}

void AppendDouble(std::string* out, double value) {
  if (AppendWhole(out, value) || AppendSpecial(out, value) || AppendFewDecimals(out, value)) return;
  const double magnitude = std::fabs(value);
  if (magnitude < 1e-6 || magnitude >= 1e21) {
    AppendScientific(out, value);
    return;
  }
  if (!AppendShortest(out, value)) AppendLayout(out, Decimal(value));
}

void AppendTimestamp(std::string* out, int64_t timestamp_ms) {
  uint64_t magnitude = static_cast<uint64_t>(timestamp_ms);
  if (timestamp_ms < 0) {
    out->push_back('-');
    magnitude = 0 - magnitude;
  }
  AppendChars(out, magnitude / 1000);
  const unsigned fraction = static_cast<unsigned>(magnitude % 1000);
  if (fraction == 0) return;
  const char text[4] = {'.', static_cast<char>('0' + fraction / 100),
                        static_cast<char>('0' + fraction / 10 % 10),
                        static_cast<char>('0' + fraction % 10)};
  out->append(text, sizeof(text));
}

void AppendInteger(std::string* out, int64_t value) {
  AppendChars(out, value);
}
void AppendInteger(std::string* out, uint64_t value) {
  AppendChars(out, value);
}

}  // namespace silverback

#include "query/api/number_text.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <string_view>

#include "query/api/digits.h"

namespace silverback {
namespace {

/// 2^53: below it every whole number is a double.
constexpr double kExactWhole = 9007199254740992.0;

char* WriteText(char* at, std::string_view text) {
  std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

/// The shortest decimal digits of a finite magnitude above zero. They are those of Dragonbox (Jeon 2020), as fmt has it: a third of the
/// time of std::to_chars.
Decimal Shortest(double magnitude) {
  const auto decimal = fmt::detail::dragonbox::to_decimal(magnitude);
  return Decimal(decimal.significand, decimal.exponent);
}

/// What has a text of its own, or null.
char* WriteSpecial(char* at, double value) {
  if (std::isnan(value)) return WriteText(at, "NaN");
  if (std::isinf(value)) return WriteText(at, value > 0 ? "+Inf" : "-Inf");
  return nullptr;
}

/// Whole numbers below 2^53 have all their digits; null for others, which go the long way.
char* WriteWhole(char* at, double value) {
  if (!(std::fabs(value) < kExactWhole)) return nullptr;
  const int64_t whole = static_cast<int64_t>(value);
  if (static_cast<double>(whole) != value) return nullptr;
  if (whole == 0 && std::signbit(value)) *at++ = '-';
  return WriteInteger(at, whole);
}

char* WriteSign(char* at, double value) {
  *at = '-';
  return at + (value < 0 ? 1 : 0);
}

/// Values of at most six decimals and 15 digits, in less time: the quotient of whole numbers is rounded as reading the
/// decimal would be, and no two decimals of up to 15 digits are the same double, so if it gives the value back, there is
/// no shorter text. Null for others. `value` is no whole number.
char* WriteFewDecimals(char* at, double value) {
  constexpr double kScale = 1e6;
  constexpr double kMaxDigits = 1e15;
  const double magnitude = std::fabs(value);
  if (!(magnitude < kMaxDigits / kScale)) return nullptr;
  const auto scaled = static_cast<uint64_t>(magnitude * kScale + 0.5);
  if (static_cast<double>(scaled) / kScale != magnitude) return nullptr;
  at = WriteBelow16Digits(WriteSign(at, value), scaled / 1'000'000);
  *at = '.';
  const uint64_t decimals = EightDigits(static_cast<uint32_t>(scaled % 1'000'000)) >> 8 * 2;
  std::memcpy(at + 1, &decimals, 8);
  return at + 1 + 6 - (TrailingZeros(decimals << 8 * 2));
}

char* WriteScientific(char* at, double value) {
  return std::to_chars(at, at + kNumberRoom, value, std::chars_format::scientific).ptr;
}

template <typename Write>
void AppendWritten(std::string* out, Write write) {
  char text[kNumberRoom];
  out->append(text, static_cast<size_t>(write(text) - text));
}

}  // namespace

char* WriteDouble(char* at, double value) {
  if (char* end = WriteWhole(at, value)) return end;
  if (char* end = WriteSpecial(at, value)) return end;
  if (char* end = WriteFewDecimals(at, value)) return end;
  const double magnitude = std::fabs(value);
  if (magnitude < 1e-6 || magnitude >= 1e21) return WriteScientific(at, value);
  return Shortest(magnitude).Write(WriteSign(at, value));
}

char* WriteInteger(char* at, uint64_t value) {
  constexpr uint64_t kSixteenDigits = 10'000'000'000'000'000;
  if (value < kSixteenDigits) return WriteBelow16Digits(at, value);
  return std::to_chars(at, at + 24, value).ptr;
}

char* WriteInteger(char* at, int64_t value) {
  uint64_t magnitude = static_cast<uint64_t>(value);
  if (value < 0) {
    *at++ = '-';
    magnitude = 0 - magnitude;
  }
  return WriteInteger(at, magnitude);
}

char* WriteTimestamp(char* at, int64_t timestamp_ms) {
  uint64_t magnitude = static_cast<uint64_t>(timestamp_ms);
  if (timestamp_ms < 0) {
    *at++ = '-';
    magnitude = 0 - magnitude;
  }
  at = WriteInteger(at, magnitude / 1000);
  const uint32_t fraction = static_cast<uint32_t>(magnitude % 1000);
  if (fraction == 0) return at;
  const uint64_t digits =
      EightDigits(fraction) >> 8 * 4;  // one too many: the point takes its place
  std::memcpy(at, &digits, 4);
  *at = '.';
  return at + 4;
}

void AppendDouble(std::string* out, double value) {
  AppendWritten(out, [value](char* at) { return WriteDouble(at, value); });
}

void AppendDoubleFixed(std::string* out, double value) {
  // The longest: a sign, "0.", 323 zeros and the digits.
  char text[1 + 2 + 323 + Decimal::kDigitsMax + Decimal::kOverwrite];
  char* end = WriteWhole(text, value);
  if (end == nullptr) end = WriteSpecial(text, value);
  if (end == nullptr) end = Shortest(std::fabs(value)).Write(WriteSign(text, value));
  out->append(text, static_cast<size_t>(end - text));
}

void AppendDoubleGeneral(std::string* out, double value) {
  const double magnitude = std::fabs(value);
  const bool plain = !(magnitude < std::numeric_limits<double>::infinity()) || magnitude == 0 ||
                     (magnitude >= 1e-4 && magnitude < 1e6);
  if (plain) return AppendDouble(out, value);
  AppendWritten(out, [value](char* at) { return WriteScientific(at, value); });
}

void AppendTimestamp(std::string* out, int64_t timestamp_ms) {
  AppendWritten(out, [timestamp_ms](char* at) { return WriteTimestamp(at, timestamp_ms); });
}

void AppendInteger(std::string* out, int64_t value) {
  AppendWritten(out, [value](char* at) { return WriteInteger(at, value); });
}
void AppendInteger(std::string* out, uint64_t value) {
  AppendWritten(out, [value](char* at) { return WriteInteger(at, value); });
}

}  // namespace silverback

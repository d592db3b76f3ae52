#include "query/api/number_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <string_view>

#include "engine/base/check.h"

namespace silverback {
namespace {

/// 2^53: below it every whole number is a double.
constexpr double kExactWhole = 9007199254740992.0;
/// What the longest significand takes: 17 digits.
constexpr int kDigitsMax = 17;
/// Digits are copied in one piece of this size: what stands behind the last of them is overwritten or cut off.
constexpr size_t kCopyBytes = 24;

char* WriteText(char* at, std::string_view text) {
  std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

constexpr std::array<char, 200> DigitPairs() {
  std::array<char, 200> pairs{};
  for (size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}
constexpr std::array<char, 200> kDigitPairs = DigitPairs();

void WriteTwoDigits(char* at, uint32_t value) {
  std::memcpy(at, &kDigitPairs[size_t{2} * value], 2);
}

void WriteEightDigits(char* at, uint32_t value) {
  const uint32_t high = value / 10000;
  const uint32_t low = value % 10000;
  WriteTwoDigits(at, high / 100);
  WriteTwoDigits(at + 2, high % 100);
  WriteTwoDigits(at + 4, low / 100);
  WriteTwoDigits(at + 6, low % 100);
}

/// The shortest decimal digits of a finite magnitude: 0.d1d2d3... * 10^point. They are those of Dragonbox (Jeon 2020), as
/// fmt has it: a third of the time of std::to_chars.
class Decimal {
 public:
  explicit Decimal(double magnitude) {
    const auto decimal = fmt::detail::dragonbox::to_decimal(magnitude);
    SB_DCHECK_LT(decimal.significand, uint64_t{100'000'000'000'000'000});
    const uint64_t top = decimal.significand / 100'000'000;
    text_[0] = static_cast<char>('0' + top / 100'000'000);
    WriteEightDigits(text_ + 1, static_cast<uint32_t>(top % 100'000'000));
    WriteEightDigits(text_ + 9, static_cast<uint32_t>(decimal.significand % 100'000'000));
    while (first_ < kDigitsMax - 1 && text_[first_] == '0') ++first_;
    point_ = count() + decimal.exponent;
  }

  /// `kCopyBytes` may be read from here on.
  const char* digits() const { return text_ + first_; }
  int count() const { return kDigitsMax - first_; }
  int point() const { return point_; }

 private:
  char text_[kDigitsMax + kCopyBytes];
  int first_ = 0;
  int point_ = 0;
};

/// Digits with a point and no exponent; up to `kCopyBytes` behind the end may be written.
char* WriteLayout(char* at, const Decimal& decimal) {
  const int count = decimal.count();
  const int point = decimal.point();
  if (point <= 0) {
    at = WriteText(at, "0.");
    std::memset(at, '0', static_cast<size_t>(-point));
    at -= point;
    std::memcpy(at, decimal.digits(), kCopyBytes);
    return at + count;
  }
  std::memcpy(at, decimal.digits(), kCopyBytes);
  if (point >= count) {
    std::memset(at + count, '0', static_cast<size_t>(point - count));
    return at + point;
  }
  at[point] = '.';
  std::memcpy(at + point + 1, decimal.digits() + point, kCopyBytes);
  return at + count + 1;
}

template <typename T>
char* WriteInteger(char* at, T value) {
  return std::to_chars(at, at + 24, value).ptr;
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
  if (value < 0) *at++ = '-';
  at = WriteInteger(at, scaled / 1'000'000);
  const auto decimals = static_cast<uint32_t>(scaled % 1'000'000);
  *at++ = '.';
  WriteTwoDigits(at, decimals / 10000);
  WriteTwoDigits(at + 2, decimals / 100 % 100);
  WriteTwoDigits(at + 4, decimals % 100);
  at += 6;
  while (at[-1] == '0') --at;
  return at;
}

char* WriteSign(char* at, double value) {
  *at = '-';
  return at + (value < 0 ? 1 : 0);
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
  return WriteLayout(WriteSign(at, value), Decimal(magnitude));
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
  at[0] = '.';
  at[1] = static_cast<char>('0' + fraction / 100);
  WriteTwoDigits(at + 2, fraction % 100);
  return at + 4;
}

void AppendDouble(std::string* out, double value) {
  AppendWritten(out, [value](char* at) { return WriteDouble(at, value); });
}

void AppendDoubleFixed(std::string* out, double value) {
  // The longest: a sign, "0.", 323 zeros and the digits.
  char text[2 + 1 + 323 + kDigitsMax + kCopyBytes];
  char* end = WriteWhole(text, value);
  if (end == nullptr) end = WriteSpecial(text, value);
  if (end == nullptr) end = WriteLayout(WriteSign(text, value), Decimal(std::fabs(value)));
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

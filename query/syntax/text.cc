#include "query/syntax/text.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>

namespace silverback::syntax {
namespace {

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 16;
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool IsPrintable(int32_t code) {
  return code >= 0x20 && code != 0x7f && !(code >= 0x80 && code <= 0xa0) && code != 0xad;
}

/// Reads the escape sequence at the front of `*in` (behind its backslash) and appends what it
/// stands for.
bool Unescape(std::string_view* in, char quote, std::string* out) {
  if (in->empty()) return false;
  const char c = in->front();
  in->remove_prefix(1);
  switch (c) {
    case 'a':
      *out += '\a';
      return true;
    case 'b':
      *out += '\b';
      return true;
    case 'f':
      *out += '\f';
      return true;
    case 'n':
      *out += '\n';
      return true;
    case 'r':
      *out += '\r';
      return true;
    case 't':
      *out += '\t';
      return true;
    case 'v':
      *out += '\v';
      return true;
    case '\\':
      *out += '\\';
      return true;
    case '\'':
    case '"':
      if (c != quote) return false;
      *out += c;
      return true;
    default:
      break;
  }
  const bool octal = c >= '0' && c <= '7';
  const size_t digits = octal ? 2 : c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
  if (digits == 0 || in->size() < digits) return false;
  uint32_t value = octal ? static_cast<uint32_t>(c - '0') : 0;
  for (size_t i = 0; i < digits; ++i) {
    const int digit = HexValue((*in)[i]);
    if (digit >= (octal ? 8 : 16)) return false;
    value = value * (octal ? 8 : 16) + static_cast<uint32_t>(digit);
  }
  in->remove_prefix(digits);
  if (octal || c == 'x') {
    if (value > 0xff) return false;
    *out += static_cast<char>(value);
    return true;
  }
  if (value > 0x10ffff) return false;
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  AppendUtf8(out, surrogate ? kInvalidRune : static_cast<int32_t>(value));
  return true;
}

/// Underscores may stand between digits, and behind the prefix of a hexadecimal number.
bool UnderscoresOk(std::string_view s) {
  char saw = '^';
  size_t i = 0;
  const bool hex = s.size() >= 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
  if (hex) {
    i = 2;
    saw = '0';
  }
  for (; i < s.size(); ++i) {
    if (IsDigit(s[i]) || (hex && HexValue(s[i]) < 16)) {
      saw = '0';
    } else if (s[i] == '_') {
      if (saw != '0') return false;
      saw = '_';
    } else {
      if (saw == '_') return false;
      saw = '!';
    }
  }
  return saw != '_';
}

/// An integer literal in base 8, 10 or 16, or nullopt when it is none or does not fit 63 bits.
std::optional<int64_t> ParseInteger(std::string_view digits) {
  int base = 10;
  if (digits.size() >= 3 && digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) {
    base = 16;
    digits.remove_prefix(2);
  } else if (digits.size() > 1 && digits[0] == '0') {
    base = 8;
    digits.remove_prefix(1);
  }
  int64_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

Status NumberError(std::string_view literal, std::string_view reason) {
  return InvalidArgument("strconv.ParseFloat: parsing {}: {}", Quote(literal), reason);
}

struct DurationUnit {
  std::string_view name;
  int position;
  uint64_t ns;
};

constexpr uint64_t kMillisecond = 1'000'000;
constexpr uint64_t kHour = 3'600'000 * kMillisecond;
constexpr DurationUnit kUnits[] = {
    {"y", 1, 365 * 24 * kHour},
    {"w", 2, 7 * 24 * kHour},
    {"d", 3, 24 * kHour},
    {"h", 4, kHour},
    {"m", 5, 60'000 * kMillisecond},
    {"s", 6, 1000 * kMillisecond},
    {"ms", 7, kMillisecond},
};

const DurationUnit* FindUnit(std::string_view name) {
  for (const DurationUnit& unit : kUnits) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

}  // namespace

Rune DecodeRune(std::string_view text) {
  if (text.empty()) return {};
  const auto at = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = at(0);
  if (lead < 0x80) return {lead, 1};
  const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  const Rune invalid{kInvalidRune, 1};
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return invalid;
  int32_t code = lead & (0xff >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xc0) != 0x80) return invalid;
    code = (code << 6) | (at(i) & 0x3f);
  }
  static constexpr int32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kSmallest[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    return invalid;
  }
  return {code, static_cast<int32_t>(length)};
}

std::string_view FirstRunes(std::string_view text, size_t count) {
  size_t bytes = 0;
  for (size_t i = 0; i < count && bytes < text.size(); ++i) {
    bytes += static_cast<size_t>(DecodeRune(text.substr(bytes)).bytes);
  }
  return text.substr(0, bytes);
}

void AppendUtf8(std::string* out, int32_t code) {
  const auto tail = [&](int shift) { *out += static_cast<char>(0x80 | ((code >> shift) & 0x3f)); };
  if (code < 0x80) {
    *out += static_cast<char>(code);
  } else if (code < 0x800) {
    *out += static_cast<char>(0xc0 | (code >> 6));
    tail(0);
  } else if (code < 0x10000) {
    *out += static_cast<char>(0xe0 | (code >> 12));
    tail(6);
    tail(0);
  } else {
    *out += static_cast<char>(0xf0 | (code >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

std::string QuoteRune(int32_t code) {
  if (code == '\'') return "'\\''";
  if (code == '"') return "'\"'";
  std::string character;
  AppendUtf8(&character, code == kEndOfText ? kInvalidRune : code);
  const std::string quoted = Quote(character);
  return fmt::format("'{}'", std::string_view(quoted).substr(1, quoted.size() - 2));
}

std::string DescribeRune(int32_t code) {
  std::string text = fmt::format("U+{:04X}", code);
  if (IsPrintable(code)) {
    text += " '";
    AppendUtf8(&text, code);
    text += '\'';
  }
  return text;
}

StatusOr<std::string> Unquote(std::string_view literal) {
  const Status malformed = InvalidArgument("invalid syntax");
  if (literal.size() < 2 || literal.front() != literal.back()) return malformed;
  const char quote = literal.front();
  std::string_view in = literal.substr(1, literal.size() - 2);
  if (quote == '`') {
    if (in.find('`') != in.npos) return malformed;
    return std::string(in);
  }
  if ((quote != '"' && quote != '\'') || in.find('\n') != in.npos) return malformed;
  std::string out;
  out.reserve(in.size());
  while (!in.empty()) {
    const char c = in.front();
    if (c == quote) return malformed;
    if (c == '\\') {
      in.remove_prefix(1);
      if (!Unescape(&in, quote, &out)) return malformed;
    } else {
      out += c;
      in.remove_prefix(1);
    }
  }
  return out;
}

StatusOr<double> ParseNumber(std::string_view literal) {
  const std::string lower = Lower(literal);
  if (lower == "inf") return std::numeric_limits<double>::infinity();
  if (lower == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (!UnderscoresOk(literal)) return NumberError(literal, "invalid syntax");
  std::string digits;
  for (const char c : literal) {
    if (c != '_') digits += c;
  }
  if (const auto integer = ParseInteger(digits)) return static_cast<double>(*integer);
  double value = 0;
  const char* end = digits.data() + digits.size();
  const auto [parsed, error] = std::from_chars(digits.data(), end, value);
  if (parsed != end || error == std::errc::invalid_argument) {
    return NumberError(literal, "invalid syntax");
  }
  if (error == std::errc::result_out_of_range) {
    // Too large is an error, too small is zero or a denormal; only strtod tells which.
    value = std::strtod(digits.c_str(), nullptr);
    if (std::isinf(value)) return NumberError(literal, "value out of range");
  }
  return value;
}

StatusOr<int64_t> ParseDurationNs(std::string_view literal) {
  if (literal == "0") return 0;
  if (literal.empty()) return InvalidArgument("empty duration string");
  const Status malformed = InvalidArgument("not a valid duration string: {}", Quote(literal));
  const Status too_long = InvalidArgument("duration out of range");
  uint64_t total = 0;
  int last_position = 0;
  std::string_view in = literal;
  while (!in.empty()) {
    uint64_t count = 0;
    const auto [end, error] = std::from_chars(in.data(), in.data() + in.size(), count);
    if (error != std::errc()) return malformed;
    in.remove_prefix(static_cast<size_t>(end - in.data()));
    size_t unit_size = 0;
    while (unit_size < in.size() && !IsDigit(in[unit_size])) ++unit_size;
    if (unit_size == 0) return malformed;
    const DurationUnit* unit = FindUnit(in.substr(0, unit_size));
    if (unit == nullptr) {
      return InvalidArgument("unknown unit {} in duration {}", Quote(in.substr(0, unit_size)),
                             Quote(literal));
    }
    in.remove_prefix(unit_size);
    if (unit->position <= last_position) return malformed;
    last_position = unit->position;
    if (count > (uint64_t{1} << 63) / unit->ns) return too_long;
    total += count * unit->ns;
    if (total > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return too_long;
  }
  return static_cast<int64_t>(total);
}

}  // namespace silverback::syntax

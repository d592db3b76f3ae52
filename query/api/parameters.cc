#include "query/api/parameters.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "engine/labels/label_set.h"
#include "query/api/rfc3339.h"
#include "query/syntax/parser.h"

namespace silverback {
namespace {

/// Upstream's bounds: the seconds of Go's int64 milliseconds, less its zero time's distance from the epoch.
constexpr int64_t kGoEpochSeconds = 62135596801;
constexpr int64_t kMinSeconds = std::numeric_limits<int64_t>::min() / 1000 + kGoEpochSeconds;
constexpr int64_t kMaxSeconds = std::numeric_limits<int64_t>::max() / 1000 - kGoEpochSeconds;
constexpr std::string_view kMinTimeText = "-292273086-05-16T16:47:06Z";
constexpr std::string_view kMaxTimeText = "292277025-08-18T07:12:54.999999999Z";

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// A float as Go's strconv.ParseFloat takes it, hexadecimal and underscores aside. Nothing when it is not one.
std::optional<double> ParseFloat(std::string_view text) {
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '-') return std::nullopt;
  }
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || result.ec != std::errc() || result.ptr != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

void AppendUtf8(std::string* out, uint32_t rune) {
  const auto put = [out](uint32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (rune < 0x80) {
    put(rune);
  } else if (rune < 0x800) {
    put(0xc0 | rune >> 6);
    put(0x80 | (rune & 0x3f));
  } else if (rune < 0x10000) {
    put(0xe0 | rune >> 12);
    put(0x80 | (rune >> 6 & 0x3f));
    put(0x80 | (rune & 0x3f));
  } else {
    put(0xf0 | rune >> 18);
    put(0x80 | (rune >> 12 & 0x3f));
    put(0x80 | (rune >> 6 & 0x3f));
    put(0x80 | (rune & 0x3f));
  }
}

/// The code point of "HEX_" at the front of `*rest`, which is advanced behind the underscore.
std::optional<uint32_t> TakeEscapedRune(std::string_view* rest) {
  uint32_t rune = 0;
  for (size_t i = 0; i < rest->size() && i < 6; ++i) {
    if ((*rest)[i] == '_') {
      if (rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff)) return std::nullopt;
      rest->remove_prefix(i + 1);
      return rune;
    }
    const int digit = HexDigit((*rest)[i]);
    if (digit < 0) return std::nullopt;
    rune = rune * 16 + static_cast<uint32_t>(digit);
  }
  return std::nullopt;
}

}  // namespace

const TimestampMs kMinApiTimeMs = kMinSeconds * 1000;
const TimestampMs kMaxApiTimeMs = kMaxSeconds * 1000 + 999;

std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out.push_back(' ');
    } else if (text[i] != '%') {
      out.push_back(text[i]);
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = HexDigit(text[i + 1]);
      const int low = HexDigit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out.push_back(static_cast<char>(high << 4 | low));
      i += 2;
    }
  }
  return out;
}

void FormParameters::AddEncoded(std::string_view encoded) {
  while (!encoded.empty()) {
    const size_t end = encoded.find('&');
    const std::string_view pair = encoded.substr(0, end);
    encoded.remove_prefix(end == std::string_view::npos ? encoded.size() : end + 1);
    if (pair.empty() || pair.find(';') != std::string_view::npos) continue;
    const size_t equal = pair.find('=');
    auto name = PercentDecode(pair.substr(0, equal), true);
    auto value = PercentDecode(
        equal == std::string_view::npos ? std::string_view() : pair.substr(equal + 1), true);
    if (name.has_value() && value.has_value()) Add(std::move(*name), std::move(*value));
  }
}

std::string_view FormParameters::First(std::string_view name) const {
  for (const auto& [key, value] : pairs_) {
    if (key == name) return value;
  }
  return {};
}

std::vector<std::string_view> FormParameters::All(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : pairs_) {
    if (key == name) values.push_back(value);
  }
  return values;
}

StatusOr<TimestampMs> ParseTime(std::string_view text) {
  if (const auto seconds = ParseFloat(text)) {
    double whole = 0;
    const double fraction = std::modf(*seconds, &whole);
    if (std::isfinite(*seconds) && whole > static_cast<double>(kMinSeconds) &&
        whole < static_cast<double>(kMaxSeconds)) {
      return static_cast<int64_t>(whole) * 1000 + static_cast<int64_t>(std::round(fraction * 1000));
    }
  } else if (const auto time = ParseRfc3339Ms(text)) {
    return *time;
  }
  if (text == kMinTimeText) return kMinApiTimeMs;
  if (text == kMaxTimeText) return kMaxApiTimeMs;
  return InvalidArgument("cannot parse {} to a valid timestamp", Quote(text));
}

StatusOr<TimestampMs> ParseTimeParameter(const FormParameters& parameters, std::string_view name,
                                         TimestampMs fallback) {
  const std::string_view text = parameters.First(name);
  if (text.empty()) return fallback;
  auto time = ParseTime(text);
  if (time.ok()) return time;
  return InvalidArgument("invalid time value for '{}': {}", name, MessageOf(time.status()));
}

StatusOr<int64_t> ParseApiDurationNs(std::string_view text) {
  if (const auto seconds = ParseFloat(text); seconds.has_value() && !std::isnan(*seconds)) {
    const double nanoseconds = *seconds * 1e9;
    if (!(std::fabs(nanoseconds) < 9223372036854775807.0)) {
      return InvalidArgument("cannot parse {} to a valid duration. It overflows int64",
                             Quote(text));
    }
    return static_cast<int64_t>(nanoseconds);
  }
  const auto milliseconds = syntax::ParseDurationMs(text);
  int64_t nanoseconds = 0;
  if (!milliseconds.ok() || __builtin_mul_overflow(*milliseconds, int64_t{1000000}, &nanoseconds)) {
    return InvalidArgument("cannot parse {} to a valid duration", Quote(text));
  }
  return nanoseconds;
}

StatusOr<int64_t> ParseInteger(std::string_view text, std::string_view go_function) {
  std::string_view digits = text;
  if (!digits.empty() && digits.front() == '+') {
    digits.remove_prefix(1);
    if (!digits.empty() && digits.front() == '-') digits = {};
  }
  int64_t value = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (result.ec == std::errc::result_out_of_range) {
    return InvalidArgument("{}: parsing {}: value out of range", go_function, Quote(text));
  }
  if (digits.empty() || result.ec != std::errc() || result.ptr != digits.data() + digits.size()) {
    return InvalidArgument("{}: parsing {}: invalid syntax", go_function, Quote(text));
  }
  return value;
}

StatusOr<int64_t> ParseLimit(std::string_view text) {
  if (text.empty()) return 0;
  ASSIGN_OR_RETURN(const int64_t limit, ParseInteger(text));
  if (limit < 0) return InvalidArgument("limit must be non-negative");
  return limit;
}

std::string UnescapeName(std::string_view name) {
  constexpr std::string_view kPrefix = "U__";
  if (!name.starts_with(kPrefix)) return std::string(name);
  std::string out;
  std::string_view rest = name.substr(kPrefix.size());
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c != '_') {
      out.push_back(c);
    } else if (rest.starts_with('_')) {
      out.push_back('_');
      rest.remove_prefix(1);
    } else if (const auto rune = TakeEscapedRune(&rest)) {
      AppendUtf8(&out, *rune);
    } else {
      return std::string(name);
    }
  }
  return out;
}

}  // namespace silverback

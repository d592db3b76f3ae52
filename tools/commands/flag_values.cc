#include "tools/commands/flag_values.h"

#include <array>
#include <charconv>

#include "engine/labels/label_set.h"
#include "query/syntax/parser.h"

namespace silverback {
namespace {

constexpr std::string_view kUnits = "KMGT";

/// The power of 1,024 behind "", "B", "K", "KB", "KiB", ...; -1 for anything else.
int PowerOf(std::string_view unit) {
  if (unit.empty() || unit == "B") return 0;
  const size_t power = kUnits.find(unit.front());
  const std::string_view rest = unit.substr(1);
  if (power == std::string_view::npos || (!rest.empty() && rest != "B" && rest != "iB")) return -1;
  return static_cast<int>(power) + 1;
}

}  // namespace

StatusOr<uint64_t> ParseBytes(std::string_view text) {
  double number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  const int power = PowerOf(text.substr(static_cast<size_t>(result.ptr - text.data())));
  if (result.ec != std::errc() || power < 0) {
    return InvalidArgument("{} is no size: use a number and B, KiB, MiB, GiB or TiB", Quote(text));
  }
  const double bytes = number * static_cast<double>(uint64_t{1} << (10 * power));
  if (!(bytes >= 1 && bytes < 9.2e18)) return InvalidArgument("{} is out of range", Quote(text));
  return static_cast<uint64_t>(bytes);
}

std::string FormatBytes(uint64_t bytes) {
  for (int power = static_cast<int>(kUnits.size()); power > 0; --power) {
    const uint64_t unit = uint64_t{1} << (10 * power);
    if (bytes >= unit && bytes % unit == 0) {
      return fmt::format("{}{}iB", bytes / unit, kUnits[static_cast<size_t>(power) - 1]);
    }
  }
  return fmt::format("{}B", bytes);
}

StatusOr<int64_t> ParsePositiveDuration(std::string_view text) {
  const auto duration_ms = syntax::ParseDurationMs(text);
  if (!duration_ms.ok()) {
    return InvalidArgument("{} is no duration: use numbers with y, w, d, h, m, s or ms, as 1h30m",
                           Quote(text));
  }
  if (*duration_ms <= 0) return InvalidArgument("must be above 0");
  return *duration_ms;
}

StatusOr<uint64_t> ParseCount(std::string_view text, uint64_t min, uint64_t max) {
  uint64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || result.ptr != text.data() + text.size() ||
      result.ec == std::errc::invalid_argument) {
    return InvalidArgument("{} is no whole number", Quote(text));
  }
  if (result.ec != std::errc() || value < min || value > max) {
    return InvalidArgument("{} is out of range: {} to {}", text, min, max);
  }
  return value;
}

StatusOr<HostAndPort> ParseAddress(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return InvalidArgument("{} is no address: use HOST:PORT", Quote(text));
  }
  const auto port = ParseCount(text.substr(colon + 1), 0, 65535);
  if (!port.ok()) return InvalidArgument("port {}", MessageOf(port.status()));
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return InvalidArgument("{}: an IPv6 address stands in brackets", Quote(text));
  }
  return HostAndPort{std::string(host), static_cast<uint16_t>(*port)};
}

std::string FormatAddress(const HostAndPort& address) {
  const bool brackets = address.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", brackets ? "[" : "", address.host, brackets ? "]" : "",
                     address.port);
}

}  // namespace silverback

// Values of flags as text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/status.h"

namespace silverback {

/// "512", "64KiB", "256MB", "1.5GiB": K, M, G, T with or without "B" or "iB" are powers of 1,024, as in Prometheus. Must
/// be above 0.
StatusOr<uint64_t> ParseBytes(std::string_view text);
/// "256MiB", or plain bytes where no unit fits exactly.
std::string FormatBytes(uint64_t bytes);

/// Prometheus' syntax ("15d", "1h30m", "500ms"), in milliseconds; must be above 0.
StatusOr<int64_t> ParsePositiveDuration(std::string_view text);

/// A decimal number within [min, max].
StatusOr<uint64_t> ParseCount(std::string_view text, uint64_t min, uint64_t max);

struct HostAndPort {
  std::string host;
  uint16_t port = 0;
};
/// "127.0.0.1:9090", "[::1]:9090", ":9090" (every interface).
StatusOr<HostAndPort> ParseAddress(std::string_view text);
std::string FormatAddress(const HostAndPort& address);

}  // namespace silverback

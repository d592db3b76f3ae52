// Where in a query's text something stands.
#pragma once

#include <cstdint>
#include <fmt/format.h>
#include <string>
#include <string_view>

namespace silverback {

/// Byte offsets into a query's text: [start, end). Negative: unknown.
struct PositionRange {
  int32_t start = 0;
  int32_t end = 0;
  friend bool operator==(const PositionRange&, const PositionRange&) = default;
};

/// The start as Prometheus prints it: "line:column", both from 1, the column counted in bytes;
/// "unknown position" when the query is empty and "invalid position" when the start lies outside of
/// it.
inline std::string StartPosition(PositionRange range, std::string_view query) {
  if (query.empty()) return "unknown position";
  if (range.start < 0 || static_cast<size_t>(range.start) > query.size()) return "invalid position";
  int64_t line = 1;
  int64_t last_break = -1;
  for (int32_t i = 0; i < range.start; ++i) {
    if (query[static_cast<size_t>(i)] != '\n') continue;
    last_break = i;
    ++line;
  }
  return fmt::format("{}:{}", line, range.start - last_break);
}

}  // namespace silverback

// Times as text, in RFC 3339.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/types.h"

namespace silverback {

/// "2026-08-07T12:00:00.123Z", "...+02:00"; years 0 to 9999; digits beyond milliseconds are cut off. Nothing if `text`
/// is not such a time.
std::optional<TimestampMs> ParseRfc3339Ms(std::string_view text);

/// "2026-08-07T12:00:00.123Z", in UTC, as Go writes a time in JSON (no trailing zeros). REQUIRES: years 0 to 9999.
std::string FormatRfc3339(TimestampMs time);

}  // namespace silverback

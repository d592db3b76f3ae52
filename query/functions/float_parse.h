// Floats as Go's strconv.ParseFloat reads them.
#pragma once

#include <optional>
#include <string_view>

namespace silverback {

/// Decimal or hexadecimal ("0x1p-2") numbers, "Inf", "Infinity" and "NaN" in any case, the former with a sign. Nothing if
/// `text` is anything else or too large for a double.
std::optional<double> ParseFloat(std::string_view text);

}  // namespace silverback

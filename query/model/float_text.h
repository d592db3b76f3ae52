// Floats as Go prints them, where Prometheus' texts need it.
#pragma once

#include <string>

namespace silverback {

/// Go's %g: the shortest digits that identify the value, "1e+06" from the millionth on, "+Inf",
/// "NaN".
std::string FormatShortest(double value);

/// OpenMetrics' form: as `FormatShortest`, with ".0" after what would look like an integer.
std::string FormatOpenMetrics(double value);

}  // namespace silverback

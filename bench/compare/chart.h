// The comparison as a picture.
#pragma once

#include <string>
#include <vector>

#include "bench/compare/report.h"

namespace silverback {

/// An SVG document: a bar a row and peer, on a logarithmic axis, to the right of 1 x where the first contender is
/// ahead and to the left where it is behind. Named groups show the median of their rows.
std::string RatioChart(const ComparisonReport& report, const std::vector<std::string>& contenders,
                       const std::string& title);

}  // namespace silverback

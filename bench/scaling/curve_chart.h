// Curves as pictures.
#pragma once

#include <string>
#include <vector>

#include "bench/scaling/curve.h"

namespace silverback {

/// An SVG document: a small plot a picture and axis, both axes logarithmic, a line a contender with its exponent.
std::string CurveChart(const std::vector<Curve>& curves, const std::string& title);

}  // namespace silverback

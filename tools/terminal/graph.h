// A line graph in the terminal, drawn with braille dots (2 x 4 a character).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/base/types.h"

namespace silverback {

struct GraphSeries {
  std::string name;
  std::vector<TimestampMs> times;  // ascending
  std::vector<double> values;      // NaN and infinities are left out
};

struct GraphOptions {
  size_t width = 72;    // characters of the plot, axis labels not counted
  size_t height = 16;   // lines of the plot
  bool colour = false;  // ANSI colours, one a series
  size_t max_legend = 12;
};

/// The plot with a value axis at the left, dates below and a legend. Says so when there is nothing
/// to draw.
std::string DrawGraph(const std::vector<GraphSeries>& series, TimeRange range,
                      const GraphOptions& options);

}  // namespace silverback

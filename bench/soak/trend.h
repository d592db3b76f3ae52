// Whether a figure that was read again and again has settled.
#pragma once

#include <string>
#include <vector>

namespace silverback {

/// One figure, read at even distances in time.
struct Trend {
  std::string name;
  double slack;  // growth that does not count, in the figure's unit
  std::vector<double> readings;

  /// The mean of the third and of the last quarter of the readings. REQUIRES: at least four readings.
  double ThirdQuarter() const;
  double LastQuarter() const;
  /// Whether the last quarter's mean is at most a tenth and the slack above the third's: retention, merging and churn make
  /// figures swing, a leak makes them climb.
  bool Flat() const;
};

}  // namespace silverback

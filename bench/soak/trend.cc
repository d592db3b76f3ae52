#include "bench/soak/trend.h"

#include <numeric>

namespace silverback {
namespace {

double MeanOfQuarter(const std::vector<double>& readings, size_t quarter) {
  const size_t begin = readings.size() * quarter / 4;
  const size_t end = readings.size() * (quarter + 1) / 4;
  const auto at = [&](size_t i) { return readings.begin() + static_cast<std::ptrdiff_t>(i); };
  return std::accumulate(at(begin), at(end), 0.0) / static_cast<double>(end - begin);
}

}  // namespace

double Trend::ThirdQuarter() const {
  return MeanOfQuarter(readings, 2);
}
double Trend::LastQuarter() const {
  return MeanOfQuarter(readings, 3);
}
bool Trend::Flat() const {
  return LastQuarter() <= ThirdQuarter() * 1.1 + slack;
}

}  // namespace silverback

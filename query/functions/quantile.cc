#include "query/functions/quantile.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace silverback {

double Quantile(double quantile, std::vector<double>* values) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (values->empty() || std::isnan(quantile)) return std::numeric_limits<double>::quiet_NaN();
  if (quantile < 0) return -kInfinity;
  if (quantile > 1) return kInfinity;
  const size_t n = values->size();
  const double rank = quantile * static_cast<double>(n - 1);
  const double weight = rank - std::floor(rank);
  const auto lower = static_cast<size_t>(rank);
  // Selection instead of sorting: only two order statistics are needed. NaN comes first.
  const auto less = [](double a, double b) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && !std::isnan(b);
    return a < b;
  };
  const auto at = values->begin() + static_cast<ptrdiff_t>(lower);
  std::nth_element(values->begin(), at, values->end(), less);
  const double low = *at;
  const double high = lower + 1 < n ? *std::min_element(at + 1, values->end(), less) : low;
  return low * (1 - weight) + high * weight;
}

}  // namespace silverback

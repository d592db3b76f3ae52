#include "query/functions/quantile.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace silverback {

namespace {

/// Moves NaNs to the front; returns where the others begin.
std::vector<double>::iterator NansFirst(std::vector<double>* values) {
  bool any = false;
  for (const double value : *values) any |= std::isnan(value);
  if (!any) return values->begin();
  return std::partition(values->begin(), values->end(),
                        [](double value) { return std::isnan(value); });
}

}  // namespace

double Quantile(double quantile, std::vector<double>* values) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (values->empty() || std::isnan(quantile)) return std::numeric_limits<double>::quiet_NaN();
  if (quantile < 0) return -kInfinity;
  if (quantile > 1) return kInfinity;
  const size_t n = values->size();
  const double rank = quantile * static_cast<double>(n - 1);
  const double weight = rank - std::floor(rank);
  const auto lower = static_cast<size_t>(rank);
  // Selection instead of sorting: only two order statistics are needed. NaN comes first; the others are told apart by `<`.
  const auto numbers = NansFirst(values);
  const auto at = values->begin() + static_cast<ptrdiff_t>(lower);
  if (at >= numbers) std::nth_element(numbers, at, values->end());
  const double low = *at;
  double high = low;
  if (lower + 1 < n) {
    const auto next = at + 1;
    high = next < numbers ? *next : *std::min_element(std::max(next, numbers), values->end());
  }
  return low * (1 - weight) + high * weight;
}

}  // namespace silverback

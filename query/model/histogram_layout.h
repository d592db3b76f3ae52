// How buckets with different custom bounds are brought together.
#pragma once

#include <cstddef>
#include <vector>

#include "query/model/float_histogram.h"

namespace silverback {

/// The bounds that both lists (ascending) have.
inline std::vector<double> CommonBounds(const std::vector<double>& a,
                                        const std::vector<double>& b) {
  std::vector<double> common;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j]) common.push_back(a[i]);
    const bool step_a = a[i] <= b[j];
    const bool step_b = b[j] <= a[i];
    i += step_a;
    j += step_b;
  }
  return common;
}

/// Calls `fn(to, from)` for each bucket of `h`: `from` is its place among the counts, `to` the bucket of the bounds
/// `common` (a part of h's own) that it lies in.
template <typename Fn>
void ForMappedBuckets(const FloatHistogram& h, const std::vector<double>& common, Fn fn) {
  const std::vector<int32_t> indexes = h.positive.Indexes();
  size_t to = 0;
  for (size_t from = 0; from < indexes.size(); ++from) {
    const auto index = static_cast<size_t>(indexes[from]);
    if (index >= h.custom_values.size()) {
      to = common.size();  // up to infinity
    } else {
      while (to < common.size() && common[to] < h.custom_values[index]) ++to;
    }
    fn(to, from);
  }
}

}  // namespace silverback

// Compensated summation (Kahan's, with Neumaier's improvement) that adds as PromQL's functions do.
#pragma once

#include <cmath>
#include <limits>

namespace silverback {

/// A sum with its compensation term. Adding samples in order gives the bits that Prometheus'
/// `sum_over_time` gives; merging partial sums gives the same up to the last bits. Trivially
/// copyable; 16 bytes.
struct KahanSum {
  double sum = 0;
  double compensation = 0;

  void Add(double value) {
    const double total = sum + value;
    if (std::abs(total) > std::numeric_limits<double>::max()) {
      compensation = 0;
    } else if (std::abs(sum) >= std::abs(value)) {
      compensation += (sum - total) + value;
    } else {
      compensation += (value - total) + sum;
    }
    sum = total;
  }

  /// Adds the samples that `later` has summed up.
  void Merge(const KahanSum& later) {
    Add(later.sum);
    if (!std::isinf(sum)) compensation += later.compensation;
  }

  /// The value to answer with.
  double Total() const { return std::isinf(sum) ? sum : sum + compensation; }
};

}  // namespace silverback

// Where a counter falls.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace silverback {

/// A row whose value is lower than that of the sample before it.
struct FallenRow {
  size_t row = 0;
  double previous = 0;  // that sample's value
};

/// The last sample that a walk over runs has passed.
struct ResetScan {
  std::optional<double> last;

  /// As `Pass` for each of `values`, none of which is a stale marker. What falls often falls when nobody expects it: a
  /// branch for each sample would cost more than the rest.
  void PassAll(size_t row, std::span<const double> values, std::vector<FallenRow>* resets) {
    if (values.empty()) return;
    Pass(row, values[0], resets);
    const size_t before = resets->size();
    resets->resize(before + values.size());
    FallenRow* next = resets->data() + before;
    for (size_t i = 1; i < values.size(); ++i) {
      *next = {row + i, values[i - 1]};
      next += static_cast<size_t>(values[i] < values[i - 1]);
    }
    resets->resize(static_cast<size_t>(next - resets->data()));
    last = values.back();
  }

  void Pass(size_t row, double value, std::vector<FallenRow>* resets) {
    if (last && value < *last) resets->push_back({row, *last});
    last = value;
  }
};

}  // namespace silverback

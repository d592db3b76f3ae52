// Where a counter falls.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "engine/read/series_reader.h"

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

  /// Whether a run can be passed by `PassListed`.
  static bool Lists(const Run& run) {
    return run.block() != nullptr && run.block()->facts().resets_listed;
  }

  /// As `Pass` for rows [from, to) of a run that lists its resets; the outermost two are samples, of values `first` and
  /// `last_value`. `run_first` is the run's first row in the series.
  void PassListed(const Run& run, size_t run_first, size_t from, size_t to, double first,
                  double last_value, std::vector<FallenRow>* resets) {
    Pass(run_first + from, first, resets);
    const auto& listed = run.block()->facts().resets;
    const size_t offset = run.block_offset();
    const auto after_first =
        std::lower_bound(listed.begin(), listed.end(), offset + from + 1,
                         [](const CounterReset& reset, size_t row) { return reset.row < row; });
    for (auto it = after_first; it != listed.end() && it->row < offset + to; ++it) {
      resets->push_back({run_first + it->row - offset, it->previous_value});
    }
    last = last_value;
  }

  void Pass(size_t row, double value, std::vector<FallenRow>* resets) {
    if (last && value < *last) resets->push_back({row, *last});
    last = value;
  }
};

}  // namespace silverback

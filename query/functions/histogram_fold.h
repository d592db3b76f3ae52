// sum() and avg() of native histograms: one group's running state over all steps.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "query/functions/mixed_range_kernel.h"
#include "query/model/column.h"
#include "query/model/float_histogram.h"

namespace silverback {

/// Keeps a sum for each step at which a histogram was folded. One thread at a time.
class HistogramFold {
 public:
  HistogramFold(bool average, size_t steps) : average_(average), cells_(steps) {}

  /// Folds the histograms of `column`. Steps in `floats` have seen a float before: the group is mixed there, nothing
  /// is summed up.
  void Fold(const Column& column, const StepMask& floats, RangeRemarks* remarks);
  void Merge(const HistogramFold& other, RangeRemarks* remarks);
  /// Sets the steps that hold histograms alone. Where `floats` has a value too the answer is nothing.
  void Finish(const StepMask& floats, Column* out, RangeRemarks* remarks) const;

  /// Whether histograms of a step did not go together: whatever comes after that does not count.
  bool Incompatible(size_t step) const { return cells_[step].incompatible; }
  size_t memory_bytes() const { return cells_.capacity() * sizeof(Cell) + bytes_; }

 private:
  struct Cell {
    bool seen = false;
    bool incompatible = false;
    bool incremental = false;  // `sum` is the mean: the sum would overflow
    bool reset = false;        // hints that were met
    bool not_reset = false;
    double count = 0;
    std::optional<HistogramSum> sum;
  };

  void Add(const FloatHistogram& histogram, Cell* cell, RangeRemarks* remarks);
  void AddToMean(const FloatHistogram& histogram, Cell* cell, RangeRemarks* remarks);
  static void Report(const HistogramSumOutcome& outcome, Cell* cell, RangeRemarks* remarks);

  bool average_;
  std::vector<Cell> cells_;
  size_t bytes_ = 0;
};

}  // namespace silverback

// The instants of a panel over a series with about as many samples as it has steps, or few more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "query/model/column.h"
#include "query/windows/series_rows.h"
#include "query/windows/step_rows.h"

namespace silverback {

/// All values are decoded side by side, and which of them answers which instant is worked out once for all series of one
/// timeline: a panel over many short series costs little else.
class DenseInstants {
 public:
  DenseInstants(const StepInstants& instants, int64_t lookback_ms)
      : instants_(instants), lookback_ms_(lookback_ms) {}

  /// Whether so many rows are better decoded than looked up one by one.
  bool Serve(const SeriesRows& rows) const;

  /// Works out the instants' rows: to be called before `Answer` whenever the times have changed.
  void Plan(const SeriesRows& rows, const StepBoundaries& boundaries);

  /// Sets the instants that have a sample (not a stale marker) within the lookback. REQUIRES: `out` is reset; the rows are
  /// floats, with the times of the last plan.
  void Answer(const SeriesRows& rows, Column* out);

  /// The same without their values: 1 where there is one.
  void AnswerPresence(const SeriesRows& rows, Column* out);

  size_t memory_bytes() const {
    return rows_.capacity() * sizeof(rows_[0]) + values_.capacity() * sizeof(values_[0]) +
           stale_.capacity() * sizeof(stale_[0]) + mask_.words().size() * sizeof(uint64_t);
  }

 private:
  StepInstants instants_;
  int64_t lookback_ms_;
  // Instants [begin_, end_) and their rows, counted from `range_`'s first; those that the mask leaves out have any of them.
  size_t begin_ = 0;
  size_t end_ = 0;
  RowRange range_;
  std::vector<uint32_t> rows_;
  StepMask mask_;
  std::vector<double> values_;
  std::vector<size_t> stale_;
};

}  // namespace silverback

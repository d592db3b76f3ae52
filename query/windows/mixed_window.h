// The samples of a window that moves forward over a series with native histograms.
#pragma once

#include <cstddef>
#include <vector>

#include "query/functions/mixed_range_kernel.h"
#include "query/windows/histogram_reader.h"
#include "query/windows/series_rows.h"

namespace silverback {

/// Holds the window's floats and histograms, each kind side by side, without stale markers. Rows are decoded once.
class MixedWindow {
 public:
  explicit MixedWindow(const HistogramReader::Options& options) : reader_(options) {}

  /// Starts at a series.
  void Reset(const SeriesRows* rows);
  /// Moves to rows `range`, of which those with times in (start, end] are the window's. REQUIRES: neither end moves back.
  void MoveTo(RowRange range, TimestampMs start, TimestampMs end);

  /// What the window holds; it may hold floats alone, or nothing.
  MixedSamples samples() const;
  /// As upstream counts them: a histogram is several.
  uint64_t equivalent_samples() const;
  /// Those of them whose times lie after `t`.
  uint64_t equivalent_samples_after(TimestampMs t) const;
  size_t memory_bytes() const { return bytes_ + reader_.memory_bytes(); }

 private:
  template <typename Value>
  struct Column {
    std::vector<TimestampMs> times;
    std::vector<Value> values;
    std::vector<TimestampMs> starts;  // empty unless the series has some
    size_t head = 0;                  // the window is [head, tail)
    size_t tail = 0;

    void MoveTo(TimestampMs start, TimestampMs end);
    void DropPast();
    void Clear();
    size_t size() const { return tail - head; }
  };

  void Append(size_t begin, size_t end);
  void CountBytes();

  HistogramReader reader_;
  const SeriesRows* rows_ = nullptr;
  size_t next_row_ = 0;  // the first row not yet decoded
  Column<double> floats_;
  Column<HistogramPtr> histograms_;
  std::vector<double> scratch_;
  size_t bytes_ = 0;
};

}  // namespace silverback

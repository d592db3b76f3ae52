// Native histograms of a series as PromQL computes with them.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "engine/histogram/native_histogram.h"
#include "query/model/float_histogram.h"
#include "query/windows/series_rows.h"

namespace silverback {

/// Whether any of the runs is one of histograms.
bool HaveHistograms(std::span<const Run> runs);

/// Counts become floats, and hints what Prometheus' storage makes of them: what is stored of a counter says nothing, a
/// histogram that continues the one before it without a reset is told so.
class HistogramReader {
 public:
  struct Options {
    /// Only counts and sums are wanted. Resets are then told by the hint: the buckets that would show them are missing.
    bool stats_only = false;
    /// From here on resets are looked for (`stats_only`).
    TimestampMs resets_from_ms = kMinTimestampMs;
  };

  explicit HistogramReader(const Options& options) : options_(options) {}

  /// Starts at a series.
  void Reset(const SeriesRows* rows);

  /// The histogram of a row, null if it is a stale marker. Cheapest in ascending order, row by row. REQUIRES: the row's
  /// run is one of histograms.
  HistogramPtr At(size_t row);
  size_t memory_bytes() const;

 private:
  /// The stored histogram of a row of `run`, whose first row is `first`: from the buffer, which is filled ahead where rows
  /// are wanted one behind the other (columns of buckets are decoded many rows at a time for little more than one).
  const NativeHistogram& Stored(const Run& run, size_t first, size_t row);
  /// Decodes a row into `*out`. False if it is a stale marker or a float.
  bool Decode(size_t row, FloatHistogram* out);
  /// Makes `before_` the histogram before `row`. False if there is none next to it.
  bool SeekBefore(size_t row);
  ResetHint HintOf(size_t row, const FloatHistogram& h);

  Options options_;
  const SeriesRows* rows_ = nullptr;
  std::vector<NativeHistogram> buffer_;  // of rows [buffer_begin_, buffer_end_)
  size_t buffer_begin_ = 0;
  size_t buffer_end_ = 0;
  // The last row that was read, whole: neighbouring steps often want it again, and its successor is compared with it.
  std::optional<size_t> last_row_;
  bool last_found_ = false;
  FloatHistogram last_;
  HistogramPtr last_given_;
  FloatHistogram before_;
};

/// `h` with float counts.
void ToFloatHistogram(const NativeHistogram& h, FloatHistogram* out);
/// `h` as it could be stored: a float histogram.
NativeHistogram ToNativeHistogram(const FloatHistogram& h);

}  // namespace silverback

// Reading: one series at a time, as runs of samples that do not overlap.
//
// A run is either a sealed block (still encoded: point access, window access and facts without decoding) or samples
// already decoded and merged (head chunks, late samples, overlapping blocks). Range functions work on runs directly,
// so that their cost follows what they need (two points per step, facts of covered blocks) and not the samples that lie
// between.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/block/block.h"
#include "engine/block/histogram_block.h"
#include "engine/block/starts.h"
#include "engine/block/time_column.h"
#include "engine/histogram/native_histogram.h"

namespace silverback {

/// A stretch of one series: `size()` samples of one kind, times strictly ascending, every time inside the range that was
/// asked for, none overlapping another run. Stale markers are rows like others (`facts` tells where they stand). A run
/// borrows from its reader and dies at the reader's next move. One thread at a time.
///
/// A series may hold floats at some times and native histograms at others: ask `kind()` first. The functions below it up
/// to `HistogramAt` are for runs of floats, those from there on for runs of histograms.
class Run {
 public:
  Run() = default;
  /// Samples that lie decoded in memory. Borrows both arrays, which are equally long.
  static Run OfSamples(const TimesView& times, std::span<const double> values) {
    Run run;
    run.times_ = times;
    run.decoded_ = values;
    return run;
  }
  /// Rows [offset, offset + times.size()) of a block, `times` being theirs; `whole` if that is all of it. Borrows both.
  static Run OfBlock(const TimesView& times, const BlockView* block, size_t offset, bool whole) {
    Run run;
    run.times_ = times;
    run.block_ = block;
    run.block_offset_ = offset;
    run.facts_ = whole ? &block->facts() : nullptr;
    return run;
  }
  /// Native histograms that lie decoded in memory. Borrows both arrays, which are equally long.
  static Run OfHistograms(const TimesView& times, std::span<const NativeHistogram> histograms) {
    Run run;
    run.kind_ = ValueKind::kHistogram;
    run.times_ = times;
    run.histograms_ = histograms;
    return run;
  }

  /// Rows [offset, offset + times.size()) of a block of native histograms, `times` being theirs. Borrows both.
  static Run OfHistogramBlock(const TimesView& times, const HistogramBlockView* block,
                              size_t offset) {
    Run run;
    run.kind_ = ValueKind::kHistogram;
    run.times_ = times;
    run.histogram_block_ = block;
    run.block_offset_ = offset;
    return run;
  }

  /// The same run with start timestamps, of which row 0 is the run's. Borrows their runs.
  Run WithStarts(const StartsView& starts) const {
    Run run = *this;
    run.starts_ = starts;
    return run;
  }

  ValueKind kind() const { return kind_; }
  bool is_histogram() const { return kind_ == ValueKind::kHistogram; }
  size_t size() const { return times_.size(); }
  /// The rows' timestamps. Runs of series scraped together share the very same ones (`TimesView::IsSame`), so that work per
  /// step and timeline can be kept from one series to the next.
  const TimesView& times() const { return times_; }

  /// The rows' start timestamps. Empty unless they were asked for (`ReadOptions`) and some are known.
  const StartsView& starts() const { return starts_; }

  /// The value of one row. Encoded runs do not decode the vector for it.
  double ValueAt(size_t row) const {
    return block_ == nullptr ? decoded_[row]
                             : block_->ValueAt(static_cast<uint32_t>(block_offset_ + row));
  }
  /// Writes the values of rows [begin, end) to `out`.
  void Values(size_t begin, size_t end, double* out) const {
    if (block_ == nullptr) {
      std::copy(decoded_.begin() + static_cast<ptrdiff_t>(begin),
                decoded_.begin() + static_cast<ptrdiff_t>(end), out);
    } else {
      block_->Decode(static_cast<uint32_t>(block_offset_ + begin),
                     static_cast<uint32_t>(block_offset_ + end), out);
    }
  }
  /// The values as an array, where they lie decoded in memory already; empty for encoded runs.
  std::span<const double> decoded() const { return decoded_; }

  /// Facts of the block, where this run is exactly one whole block with nothing overlapping it; null otherwise. Rows in
  /// the facts are rows of this run.
  const Facts* facts() const { return facts_; }
  /// The block behind an encoded run that may be a slice of it: its row `block_offset()` is row 0 of the run; facts
  /// about resets and stale rows of `block()->facts()` still hold for the slice. Null for decoded runs.
  const BlockView* block() const { return block_; }
  size_t block_offset() const { return block_offset_; }

  /// Writes the histogram of one row to `*out`, whose memory is used again. REQUIRES: is_histogram(), row < size().
  void HistogramAt(size_t row, NativeHistogram* out) const { Histograms(row, row + 1, out); }
  /// Writes the histograms of rows [begin, end) to out[0], out[1], ... Cheaper than one by one.
  void Histograms(size_t begin, size_t end, NativeHistogram* out) const {
    if (histogram_block_ == nullptr) {
      std::copy(histograms_.begin() + static_cast<ptrdiff_t>(begin),
                histograms_.begin() + static_cast<ptrdiff_t>(end), out);
    } else {
      histogram_block_->Decode(static_cast<uint32_t>(block_offset_ + begin),
                               static_cast<uint32_t>(block_offset_ + end), out);
    }
  }
  /// Whether a row is a staleness marker, without decoding more than that takes.
  bool IsStaleHistogram(size_t row) const {
    return histogram_block_ == nullptr
               ? histograms_[row].IsStale()
               : histogram_block_->IsStale(static_cast<uint32_t>(block_offset_ + row));
  }
  /// The histograms as an array, where they lie decoded in memory already; empty for encoded runs.
  std::span<const NativeHistogram> decoded_histograms() const { return histograms_; }
  /// The block behind an encoded run, which may be a slice of it: its row `block_offset()` is row 0 of the run. Null for
  /// decoded runs.
  const HistogramBlockView* histogram_block() const { return histogram_block_; }

 private:
  ValueKind kind_ = ValueKind::kFloat;
  TimesView times_;
  std::span<const double> decoded_;
  const BlockView* block_ = nullptr;
  size_t block_offset_ = 0;
  const Facts* facts_ = nullptr;
  std::span<const NativeHistogram> histograms_;
  const HistogramBlockView* histogram_block_ = nullptr;
  StartsView starts_;
};

/// One series of a reader.
struct SeriesRuns {
  SeriesId series = 0;
  std::span<const Run> runs;  // in time order
};

/// What could not be read: the series goes on without it, and the answer carries a warning.
struct ReadLoss {
  SeriesId series = 0;
  TimeRange range;
  std::string reason;
};

}  // namespace silverback

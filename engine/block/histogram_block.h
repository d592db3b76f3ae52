// A block of native histograms: up to 8,192 samples of one series, sealed, columnar and immutable,
// as blocks of floats are (engine/block/block.h). docs/format/histogram-block.md has the bytes.
//
// Rows whose histograms have the same buckets stand together in a *section* of up to 1,024 rows:
// what they have in common once, then a column for each bucket (and for count, zero count and sum),
// encoded by the codecs of integers and of doubles. Another layout starts a new section.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/block/block.h"
#include "engine/histogram/native_histogram.h"

namespace silverback {

/// The most counts (buckets, count and zero count of all rows) that a block should hold: 8 MiB when
/// decoded.
inline constexpr size_t kMaxHistogramBlockCounts = size_t{1} << 20;

/// How many counts a histogram takes of that.
inline size_t CountsOf(const NativeHistogram& histogram) {
  return 2 + histogram.positive_counts.size() + histogram.negative_counts.size();
}

/// Encodes a block. REQUIRES: 1 to kMaxBlockSamples rows, as many `times` as `histograms`, `times`
/// strictly ascending, every histogram valid. `starts` as for `BuildBlock`. Deterministic.
std::string BuildHistogramBlock(std::span<const TimestampMs> times,
                                std::span<const NativeHistogram> histograms, TimelineRef timeline,
                                const StartsView& starts = {});

/// A block's bytes, read in place: the view borrows them, and they must outlive it. Opening decodes
/// nothing. Any number of threads may use one view.
///
/// Whatever the bytes are, no function reads or writes outside of its bounds, and no histogram
/// exceeds the bounds of native_histogram.h. Bytes that pass their checksum but make no sense decode
/// as histograms without buckets whose sum is NaN.
class HistogramBlockView {
 public:
  /// An empty view: only good for being assigned to.
  HistogramBlockView() = default;

  /// DataLoss, with the reason, if `bytes` are no block of histograms of a version that we know, are
  /// cut short or too long, or fail their checksum.
  static StatusOr<HistogramBlockView> Open(std::string_view bytes);

  /// `Open` without checksums, so that a fuzzer reaches what is behind them.
  static StatusOr<HistogramBlockView> FUZZING_ONLY_OpenUnverified(std::string_view bytes);

  /// 1 to kMaxBlockSamples.
  uint32_t rows() const { return rows_; }
  /// The first and the last row's timestamps (staleness markers are rows too).
  TimeRange time_range() const { return time_range_; }
  TimelineRef timeline() const { return timeline_; }
  /// The rows of staleness markers, ascending.
  std::span<const uint32_t> stale_rows() const { return stale_rows_; }
  /// Rows that are no staleness markers.
  uint32_t count() const { return rows_ - static_cast<uint32_t>(stale_rows_.size()); }
  bool IsStale(uint32_t row) const;

  /// Writes the histograms of rows [begin, end) to out[0], out[1], ..., whose memory is used again.
  /// False if some make no sense (see above). REQUIRES: begin <= end <= rows().
  bool Decode(uint32_t begin, uint32_t end, NativeHistogram* out) const;

  /// As `BlockView::has_starts` and `BlockView::DecodeStarts`.
  bool has_starts() const { return !starts_.empty(); }
  Status DecodeStarts(const TimesView& times, StartColumn* out) const;

  /// Rows with one layout, for statistics and inspection.
  struct SectionInfo {
    uint32_t first_row = 0;
    uint32_t rows = 0;
    size_t bytes = 0;
  };
  size_t section_count() const { return sections_.size(); }
  SectionInfo section_info(size_t index) const;

  /// All of the block's bytes.
  std::string_view bytes() const { return bytes_; }
  /// Bytes that the view holds itself.
  size_t memory_bytes() const {
    return stale_rows_.capacity() * sizeof(uint32_t) + sections_.capacity() * sizeof(Section);
  }

 private:
  struct Section {
    uint32_t first_row = 0;
    uint32_t offset = 0;  // in values_
  };

  static StatusOr<HistogramBlockView> OpenImpl(std::string_view bytes, bool verify);
  bool ParseFacts(std::string_view facts);
  bool ParseDirectory();

  std::string_view bytes_;
  std::string_view values_;
  std::string_view starts_;
  uint32_t rows_ = 0;
  TimeRange time_range_;
  TimelineRef timeline_;
  std::vector<uint32_t> stale_rows_;
  std::vector<Section> sections_;
};

}  // namespace silverback

// Pieces of one series, from parts and head, to runs that do not overlap.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "engine/base/types.h"
#include "engine/block/block.h"
#include "engine/block/histogram_block.h"
#include "engine/block/starts.h"
#include "engine/block/time_column.h"
#include "engine/histogram/native_histogram.h"
#include "engine/read/series_reader.h"

namespace silverback {

/// Samples of one kind and one series from one place, times strictly ascending: rows of a block, or
/// decoded.
struct Piece {
  ValueKind kind = ValueKind::kFloat;
  TimesView times;
  std::span<const double> values;               // as many as times; empty if `block` is set
  const BlockView* block = nullptr;             // its rows from `block_offset` on
  std::span<const NativeHistogram> histograms;  // the same for histograms
  const HistogramBlockView* histogram_block = nullptr;
  uint32_t block_offset = 0;
  StartsView starts;  // row 0 is the piece's; empty: none is known
  uint64_t rank = 0;  // of equal times, the sample of the highest rank counts

  TimestampMs first_ms() const { return times.front(); }
  TimestampMs last_ms() const { return times.back(); }
};

/// Decoded samples of one series, in order of time.
struct SampleColumn {
  std::vector<TimestampMs> times;
  std::vector<double> values;
  StartColumn starts;
};

/// Decoded native histograms of one series, in order of time.
struct HistogramColumn {
  std::vector<TimestampMs> times;
  std::vector<NativeHistogram> histograms;
  StartColumn starts;
};

/// Merges pieces of floats that may overlap: times strictly ascending, of equal times the value of
/// the highest rank. REQUIRES: at least one. Reorders `pieces`.
SampleColumn MergePieces(std::span<Piece> pieces);

/// Whether any piece holds histograms.
bool HasHistograms(std::span<const Piece> pieces);

/// Samples of one kind that stand together once pieces are merged.
struct Stretch {
  ValueKind kind = ValueKind::kFloat;
  SampleColumn floats;  // one of the two is empty
  HistogramColumn histograms;
};

/// Merges pieces of any kinds: stretches in order of time, none empty; of equal times the sample of
/// the highest rank counts, whatever its kind.
std::vector<Stretch> MergeMixedPieces(std::span<const Piece> pieces);

/// `piece` without what lies outside of `range`; may leave it empty.
void ClipPiece(TimeRange range, Piece* piece);

/// Makes runs of pieces and owns what it had to decode. Not safe for concurrent use.
class RunBuilder {
 public:
  /// Replaces `*runs`. Pieces that overlap no other become runs as they are (blocks stay encoded);
  /// those that do are decoded and merged. Empty pieces are passed over. Runs borrow from this
  /// object, until the next call, and from what the pieces borrow.
  void Build(std::vector<Piece> pieces, std::vector<Run>* runs);

  /// Bytes of decoded samples held.
  size_t memory_bytes() const;

 private:
  Run Alone(const Piece& piece);
  Run Merged(std::span<Piece> pieces);
  void AddMixed(std::span<const Piece> pieces, std::vector<Run>* runs);

  std::deque<SampleColumn> columns_;
  std::deque<HistogramColumn> histogram_columns_;
};

}  // namespace silverback

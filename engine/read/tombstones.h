// What was deleted: ranges of time of series, in the parts of that moment.
#pragma once

#include <span>
#include <vector>

#include "engine/base/types.h"
#include "engine/read/merge_runs.h"
#include "engine/store/part.h"
#include "engine/store/series_bitmap.h"

namespace silverback {

/// Samples of a series within a range are deleted from every part whose id is below `part_limit`. A part that was written later
/// never holds them: a seal has younger samples, and a merge leaves out what is deleted.
struct Tombstone {
  SeriesId series = 0;
  TimeRange range;
  PartId part_limit = 0;
  friend bool operator==(const Tombstone&, const Tombstone&) = default;

  bool Touches(const PartMeta& part) const {
    return part.id < part_limit && part.time.Overlaps(range);
  }
};

/// The tombstones of one state of the database. Immutable: safe for concurrent use.
class Tombstones {
 public:
  Tombstones() = default;
  explicit Tombstones(std::vector<Tombstone> rows);

  bool empty() const { return rows_.empty(); }
  /// Sorted by series.
  std::span<const Tombstone> rows() const { return rows_; }
  std::span<const Tombstone> Of(SeriesId series) const;
  /// The deleted ranges of a series in a part: sorted, no two overlap.
  std::vector<TimeRange> In(PartId part, SeriesId series) const;
  /// The series that have any.
  const SeriesBitmap& series() const { return series_; }

 private:
  std::vector<Tombstone> rows_;
  SeriesBitmap series_;
};

/// Calls `take(piece)` for each stretch of `piece` outside of `deleted` (as `Tombstones::In` gives it).
template <typename Take>
void CutPiece(const Piece& piece, std::span<const TimeRange> deleted, const Take& take) {
  TimestampMs from_ms = kMinTimestampMs;
  const auto add = [&](TimestampMs to_ms) {
    Piece kept = piece;
    ClipPiece({from_ms, to_ms}, &kept);
    if (!kept.times.empty()) take(kept);
  };
  for (const TimeRange& range : deleted) {
    if (range.min_ms > from_ms) add(range.min_ms - 1);
    if (range.max_ms == kMaxTimestampMs) return;
    from_ms = range.max_ms + 1;
  }
  add(kMaxTimestampMs);
}

}  // namespace silverback

// Reading the blocks of one part in storage order.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "engine/base/status.h"
#include "engine/store/part.h"

namespace silverback {

struct CursorOptions {
  /// Bytes to read ahead of the cursor. 0: RocksDB's own heuristic (grows to 256 KiB on sequential
  /// reads). For scans of a whole part, 1 MiB or so.
  size_t readahead_bytes = 0;
  /// Whether what is read enters the block cache (not for merges and verification, and not for each query: engine/read/cache_policy.h).
  bool fill_cache = true;
  /// Whether table checksums are verified on read.
  bool verify_checksums = true;
};

/// Walks the blocks of one part. Pins the table files: a part that is dropped meanwhile stays
/// readable to its end. Used from one thread at a time; must not outlive the store.
///
/// Starts nowhere (`valid()` is false): seek first. Seeks to keys ahead of the cursor are cheap
/// when they are near. At an error the cursor is not valid and `status()` names part, series and
/// file; a later seek to another series can succeed.
class BlockCursor {
 public:
  ~BlockCursor();
  BlockCursor(const BlockCursor&) = delete;
  BlockCursor& operator=(const BlockCursor&) = delete;

  void SeekToFirst();
  /// To the first block whose key is not before (metric, series, earliest time).
  void SeekSeries(MetricId metric, SeriesId series);
  /// To the first block whose key is not before (metric, series, from): for places that are not near.
  void SeekSeriesFrom(MetricId metric, SeriesId series, TimestampMs from);
  /// To the block of the series that may hold `t`: the last one whose first timestamp is not after
  /// `t`, or if there is none, the first block whose key is not before (metric, series, t) -
  /// perhaps of another series.
  void SeekSeriesAt(MetricId metric, SeriesId series, TimestampMs t);
  void Next();

  /// False at the part's end and after an error (`status()` tells them apart).
  bool valid() const { return valid_; }
  /// REQUIRES: valid().
  const BlockKey& key() const { return key_; }
  /// The block's bytes; until the next move. REQUIRES: valid().
  std::string_view value() const { return value_; }
  /// OK at the part's end.
  const Status& status() const { return status_; }
  PartId part() const;

 private:
  friend class Store;
  struct Impl;
  explicit BlockCursor(std::unique_ptr<Impl> impl);
  void SeekTo(const BlockKey& target);
  void Load();

  std::unique_ptr<Impl> impl_;
  bool valid_ = false;
  BlockKey key_;
  std::string_view value_;
  Status status_;
};

}  // namespace silverback

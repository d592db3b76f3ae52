// The merging reader: series by series over all parts and head generations of a state.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/hash.h"
#include "engine/read/byte_arena.h"
#include "engine/read/engine_state.h"
#include "engine/read/merge_runs.h"
#include "engine/read/part_reader.h"
#include "engine/read/read_view.h"
#include "engine/read/recent_blocks.h"
#include "engine/read/substrate.h"

namespace silverback {

/// Holds, beyond an iterator a part, the encoded blocks of one series.
class MergingCursor : public SeriesCursor {
 public:
  /// `series` in storage order.
  MergingCursor(std::shared_ptr<Substrate> substrate, EngineStateRef state,
                std::span<const SeriesHandle> series, TimeRange range,
                const ReadOptions& options = {});

  StatusOr<bool> Next(SeriesRuns* out) override;
  std::span<const ReadLoss> losses() const override { return losses_; }
  size_t memory_bytes() const override;

 private:
  using SharedTimes = std::shared_ptr<const std::vector<TimestampMs>>;

  struct HeadColumn {
    SharedTimes times;
    std::vector<double> values;
    StartColumn starts;
  };

  struct Source {
    PartRef part;
    uint64_t rank = 0;
    bool readable = true;
    std::optional<PartReader>
        reader;  // made when it is needed: the parts stay while the state does
  };

  void FindParts();
  void CollectParts(SeriesHandle series);
  /// Takes the series' blocks from the recent ones; false if not all that are asked for are there.
  bool AddKnown(const Source& source, SeriesHandle series);
  void ReadPart(Source* source, SeriesHandle series);
  /// Null, and a loss was noted, if the part cannot be read.
  PartReader* ReaderOf(Source* source);
  TimeRange RangeIn(const PartMeta& part) const {
    return {std::max(range_.min_ms, part.time.min_ms), std::min(range_.max_ms, part.time.max_ms)};
  }
  void CollectHead(SeriesHandle series);
  /// Says the block's last timestamp.
  TimestampMs AddBlock(const PartMeta& part, uint64_t rank, const BlockKey& key,
                       std::string_view bytes);
  /// Opens a block of one kind and adds it; says its last timestamp.
  template <typename View>
  TimestampMs AddBlockOf(const PartMeta& part, uint64_t rank, const BlockKey& key,
                         std::string_view bytes, std::deque<View>* views);
  /// Of these two `view` must outlive the series at hand.
  template <typename View>
  void AddOpened(const PartMeta& part, uint64_t rank, SeriesHandle series, const View& view);
  template <typename View>
  Status AddPiece(const PartMeta& part, uint64_t rank, const View& view);
  void CollectHeadHistograms(const SeriesCopy& copy, uint64_t rank);
  StatusOr<TimelineRows> Timeline(PartId part, uint32_t ordinal);
  /// The same array for equal columns, so that series scraped together share it in the head too.
  SharedTimes ShareTimes(std::vector<TimestampMs> times);
  void AddLoss(SeriesId series, TimeRange range, const std::string& reason);

  const std::shared_ptr<Substrate> substrate_;
  const EngineStateRef state_;
  const std::vector<SeriesHandle> series_;
  const TimeRange range_;
  const ReadOptions options_;
  size_t next_ = 0;

  std::vector<Source> sources_;

  // Of the current series.
  ByteArena arena_;
  std::vector<std::shared_ptr<const KnownBlocks>> known_;
  std::vector<std::string_view> handed_;  // the blocks of one part
  bool lost_ = false;                     // something of these
  std::deque<BlockView> views_;
  std::deque<HistogramBlockView> histogram_views_;
  std::deque<HeadColumn> head_columns_;
  std::deque<HistogramColumn> head_histograms_;
  std::deque<StartColumn> block_starts_;
  std::vector<TimelineRows> timelines_;
  std::vector<Piece> pieces_;
  RunBuilder builder_;
  std::vector<Run> runs_;

  /// The timelines that earlier series used: asking the shared cache again costs a lock.
  absl::flat_hash_map<std::pair<PartId, uint32_t>, TimelineRows> recent_timelines_;
  size_t recent_timeline_bytes_ = 0;
  absl::flat_hash_map<uint64_t, SharedTimes> recent_head_times_;
  std::vector<Sample> samples_;
  std::vector<ReadLoss> losses_;
};

}  // namespace silverback

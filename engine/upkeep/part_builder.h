// A part in the making: blocks whose timelines are found again by content.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "engine/block/block.h"
#include "engine/block/histogram_block.h"
#include "engine/index/selection.h"
#include "engine/store/part_writer.h"

namespace silverback {

/// Series come in storage order, blocks of a series in order of time. Not safe for concurrent use;
/// dropped without `Finish`, it leaves nothing behind. Memory: some 60 bytes a timeline, beyond the
/// writer's.
class PartBuilder {
 public:
  explicit PartBuilder(std::unique_ptr<PartWriter> writer) : writer_(std::move(writer)) {}

  /// Encodes a block; `starts` are its rows' start timestamps. REQUIRES: 1 to kMaxBlockSamples rows, `times` strictly ascending.
  Status AddBlock(SelectedSeries series, std::span<const TimestampMs> times,
                  std::span<const double> values, const StartsView& starts);

  /// The same of native histograms. REQUIRES: valid ones.
  Status AddBlock(SelectedSeries series, std::span<const TimestampMs> times,
                  std::span<const NativeHistogram> histograms, const StartsView& starts);

  /// Takes a block of any kind over as it is; `times` are its rows' timestamps.
  Status AddCopy(SelectedSeries series, std::string_view block, std::span<const TimestampMs> times);

  StatusOr<FinishedPart> Finish() { return writer_->Finish(); }
  uint64_t blocks() const { return writer_->blocks(); }
  uint64_t bytes() const { return writer_->bytes(); }

 private:
  StatusOr<TimelineRef> FindOrAddTimeline(std::span<const TimestampMs> times);

  struct HashOfHash {
    size_t operator()(const Hash128Value& h) const { return h.low; }
  };

  std::unique_ptr<PartWriter> writer_;
  absl::flat_hash_map<Hash128Value, uint32_t, HashOfHash> timelines_;
};

}  // namespace silverback

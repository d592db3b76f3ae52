// What `silverback inspect` reads out of blocks, whatever their values are.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/block/block.h"
#include "engine/block/histogram_block.h"
#include "engine/store/store.h"
#include "tools/commands/inspect_document.h"

namespace silverback {

/// A block on one line.
struct BlockSummary {
  TimeRange time;
  uint32_t rows = 0;
  TimelineRef timeline;
  std::string stored_by;  // "3 decimal, 1 runs": its vectors in order; or "2 histogram sections"
};

/// DataLoss, with the reason, if `block` is none.
StatusOr<BlockSummary> SummarizeBlock(std::string_view block);

/// DataLoss, with the reason, if `block` is none, or a checksum is wrong.
Status CheckBlock(std::string_view block);

/// Counts by what the values of blocks are stored.
class CodecCount {
 public:
  /// Leaves out what is no block.
  void Add(std::string_view block);
  Listing ToListing() const;

 private:
  struct Totals {
    uint64_t vectors = 0;
    uint64_t values = 0;
    uint64_t bytes = 0;
  };
  void AddFloats(const BlockView& block);
  void AddHistograms(const HistogramBlockView& block);
  /// Returns `bytes`.
  size_t Count(std::string_view codec, uint64_t values, size_t bytes);

  std::map<std::string, Totals, std::less<>> by_codec_;
  uint64_t header_bytes_ = 0;
  uint64_t rows_ = 0;
};

/// The first `limit` samples of a block of `part`. DataLoss if the block, or its timeline, is not what it should be.
StatusOr<Listing> ListSamples(Store* store, PartId part, std::string_view block, uint64_t limit);

}  // namespace silverback

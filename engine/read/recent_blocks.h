// Blocks that short reads asked for last, opened, in memory; docs/decisions/0045-recent-blocks.md.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/lru_cache.h"
#include "engine/base/types.h"
#include "engine/block/block.h"
#include "engine/store/part.h"

namespace silverback {

/// The blocks of one series in one part that hold samples of some stretch of time: these and no others. Immutable.
class KnownBlocks {
 public:
  /// Copies the blocks: all that hold samples in `read`, and perhaps others, in order of time. Null if one of them is none of floats, or is
  /// damaged, or there are more than a few. REQUIRES: `read` is not empty; the blocks do not overlap.
  static std::shared_ptr<const KnownBlocks> Make(TimeRange read,
                                                 std::span<const std::string_view> blocks);

  /// Between these times there are no other blocks. As the blocks of a series do not overlap, it is the time that was read and that of the blocks
  /// which reach into it.
  TimeRange covered() const { return covered_; }
  /// In order of time. They live as long as this.
  std::span<const BlockView> blocks() const { return blocks_; }
  size_t memory_bytes() const { return memory_bytes_; }

 private:
  KnownBlocks() = default;

  TimeRange covered_;
  std::unique_ptr<char[]> bytes_;
  std::vector<BlockView> blocks_;  // borrow from bytes_
  size_t memory_bytes_ = 0;
};

/// By part and series what was read of them last. Finding a block in the store takes some 13,000 instructions, and opening it 3,000: of a panel of
/// 22 series over one hour a fifth of the time, when it is asked for again at the next refresh. Parts are immutable and their ids are never
/// reused, so nothing in here goes stale; what was deleted is cut out by the reader. Safe for concurrent use.
class RecentBlocks {
 public:
  explicit RecentBlocks(size_t bytes_max) : cache_(bytes_max) {}

  /// Null unless all blocks that hold samples in `range` are known.
  std::shared_ptr<const KnownBlocks> Find(PartId part, SeriesId series, TimeRange range);
  /// In place of what was known of the series.
  void Keep(PartId part, SeriesId series, std::shared_ptr<const KnownBlocks> blocks);

  /// Bytes held, and the most that are.
  size_t bytes() const { return cache_.bytes(); }
  size_t bytes_max() const { return cache_.bytes_max(); }

 private:
  LruCache<std::pair<PartId, SeriesId>, KnownBlocks> cache_;
};

}  // namespace silverback

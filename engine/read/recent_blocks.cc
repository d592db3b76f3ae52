#include "engine/read/recent_blocks.h"

#include <algorithm>
#include <cstring>

#include "engine/base/check.h"
#include "engine/block/block_frame.h"

namespace silverback {
namespace {

/// A read of one day may touch three; more are a matter of the store's own cache.
constexpr size_t kBlocksMax = 4;

bool AreOfFloats(std::span<const std::string_view> blocks) {
  return std::all_of(blocks.begin(), blocks.end(), [](std::string_view block) {
    return PeekBlockKind(block) == static_cast<uint8_t>(ValueKind::kFloat);
  });
}

size_t HeapBytesOf(const Facts& facts) {
  return facts.resets.capacity() * sizeof(facts.resets[0]) +
         facts.stale_rows.capacity() * sizeof(facts.stale_rows[0]);
}

}  // namespace

std::shared_ptr<const KnownBlocks> KnownBlocks::Make(TimeRange read,
                                                     std::span<const std::string_view> blocks) {
  SB_DCHECK(!read.empty());
  if (blocks.size() > kBlocksMax || !AreOfFloats(blocks)) return nullptr;
  size_t size = 0;
  for (const std::string_view block : blocks) size += block.size();
  std::shared_ptr<KnownBlocks> known(new KnownBlocks());
  known->covered_ = read;
  known->bytes_ = std::make_unique_for_overwrite<char[]>(size);
  known->blocks_.reserve(blocks.size());
  known->memory_bytes_ = sizeof(KnownBlocks) + size;
  char* at = known->bytes_.get();
  for (const std::string_view block : blocks) {
    std::memcpy(at, block.data(), block.size());
    StatusOr<BlockView> view = BlockView::Open({at, block.size()});
    if (!view.ok()) return nullptr;
    at += block.size();
    const TimeRange time = view->time_range();
    if (!time.Overlaps(read)) continue;
    known->covered_.min_ms = std::min(known->covered_.min_ms, time.min_ms);
    known->covered_.max_ms = std::max(known->covered_.max_ms, time.max_ms);
    known->memory_bytes_ += sizeof(BlockView) + HeapBytesOf(view->facts());
    known->blocks_.push_back(*std::move(view));
  }
  return known;
}

std::shared_ptr<const KnownBlocks> RecentBlocks::Find(PartId part, SeriesId series,
                                                      TimeRange range) {
  std::shared_ptr<const KnownBlocks> known = cache_.Find({part, series});
  if (known == nullptr) return nullptr;
  const TimeRange covered = known->covered();
  const bool all = covered.min_ms <= range.min_ms && range.max_ms <= covered.max_ms;
  return all ? known : nullptr;
}

void RecentBlocks::Keep(PartId part, SeriesId series, std::shared_ptr<const KnownBlocks> blocks) {
  const size_t bytes = blocks->memory_bytes();
  cache_.Put({part, series}, std::move(blocks), bytes);
}

}  // namespace silverback

#include "engine/store/block_cursor.h"

#include <utility>

#include "engine/base/check.h"
#include "engine/store/block_cursor_rocks.h"
#include "engine/store/iterator_step.h"
#include "engine/store/keys.h"
#include "engine/store/rocks_status.h"

namespace silverback {
namespace {

// A seek costs about as much as this many steps.
constexpr int kNearSteps = 3;

}  // namespace

BlockCursor::Impl::Impl(const Rocks& rocks, PartId id, const CursorOptions& options)
    : part(id),
      lower(keys::PartPrefix(id) + '\0'),
      upper(keys::After(keys::PartPrefix(id))),
      lower_slice(ToSlice(lower)),
      upper_slice(ToSlice(upper)) {
  rocksdb::ReadOptions read;
  read.iterate_lower_bound = &lower_slice;
  if (!upper.empty()) read.iterate_upper_bound = &upper_slice;
  read.readahead_size = options.readahead_bytes;
  read.fill_cache = options.fill_cache;
  read.verify_checksums = options.verify_checksums;
  iterator.reset(rocks.db()->NewIterator(read, rocks.family(Family::kBlocks)));
}

BlockCursor::BlockCursor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BlockCursor::~BlockCursor() = default;

PartId BlockCursor::part() const {
  return impl_->part;
}

// Takes over where the iterator stands.
void BlockCursor::Load() {
  valid_ = impl_->iterator->Valid();
  status_ = absl::OkStatus();
  if (!valid_) {
    status_ = FromRocks(impl_->iterator->status(),
                        fmt::format("part {}, at or after series {} (metric {}) from {}",
                                    impl_->part, impl_->target.series, impl_->target.metric,
                                    FormatTime(impl_->target.first_ms)));
    return;
  }
  PartId part = 0;
  if (!keys::ParseBlock(ToView(impl_->iterator->key()), &part, &key_) || part != impl_->part) {
    valid_ = false;
    status_ = DataLoss("part {}: a key of {} bytes is no block's, after series {}", impl_->part,
                       impl_->iterator->key().size(), impl_->target.series);
    return;
  }
  value_ = ToView(impl_->iterator->value());
  impl_->target = key_;
}

void BlockCursor::SeekToFirst() {
  impl_->target = {0, 0, kMinTimestampMs};
  impl_->iterator->Seek(impl_->lower_slice);
  Load();
}

void BlockCursor::SeekTo(const BlockKey& target) {
  if (valid_ && key_ <= target) {
    for (int step = 0; step < kNearSteps && valid_ && key_ < target; ++step) Next();
    if (valid_ ? key_ >= target : status_.ok()) return;
  }
  SeekSeriesFrom(target.metric, target.series, target.first_ms);
}

void BlockCursor::SeekSeriesFrom(MetricId metric, SeriesId series, TimestampMs from) {
  impl_->target = {metric, series, from};
  impl_->iterator->Seek(ToSlice(keys::Block(impl_->part, impl_->target)));
  Load();
}

void BlockCursor::SeekSeries(MetricId metric, SeriesId series) {
  SeekTo({metric, series, kMinTimestampMs});
}

void BlockCursor::SeekSeriesAt(MetricId metric, SeriesId series, TimestampMs t) {
  const BlockKey target{metric, series, t};
  impl_->target = target;
  impl_->iterator->SeekForPrev(ToSlice(keys::Block(impl_->part, target)));
  Load();
  if (valid_ && key_.metric == metric && key_.series == series) return;
  if (!status_.ok()) return;
  valid_ = false;
  SeekTo(target);
}

void BlockCursor::Next() {
  SB_DCHECK(valid_);
  StepForward(impl_->iterator.get(), &impl_->scratch);
  Load();
}

}  // namespace silverback

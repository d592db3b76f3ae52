#include "engine/read/part_reader.h"

#include <algorithm>
#include <utility>

#include "engine/block/block_frame.h"

namespace silverback {
namespace {

SelectedSeries SeriesOf(const BlockKey& key) {
  return {.metric = key.metric, .series = key.series};
}

/// Where to look for readable blocks behind damage: this many places, evenly spread.
constexpr int kProbes = 32;

/// A seek among the blocks of a part costs about as much as this many steps.
constexpr int kNearSteps = 3;

}  // namespace

PartReader::PartReader(PartRef part, std::unique_ptr<BlockCursor> cursor)
    : part_(std::move(part)), cursor_(std::move(cursor)) {}

bool PartReader::AtSeries(SelectedSeries series) const {
  return cursor_->valid() && SeriesOf(cursor_->key()) == series;
}

void PartReader::Read(SelectedSeries series, TimeRange range, const BlockFunction& on_block,
                      const LossFunction& on_loss) {
  if (at_end_ || !part_->time.Overlaps(range)) return;
  if (positioned_ && cursor_->valid() && series < SeriesOf(cursor_->key())) return;
  // Standing on the series means standing on its first block: nothing lies before it that a seek could find.
  const bool is_there = positioned_ && AtSeries(series) && StepTo(series, range.min_ms);
  if (!is_there) cursor_->SeekSeriesAt(series.metric, series.series, range.min_ms);
  positioned_ = true;
  TimestampMs read_to_ms = std::max(range.min_ms, part_->time.min_ms);
  const TimestampMs last_ms = std::min(range.max_ms, part_->time.max_ms);
  for (;;) {
    while (AtSeries(series) && cursor_->key().first_ms <= range.max_ms) {
      read_to_ms = std::max(read_to_ms, on_block(cursor_->key(), cursor_->value()));
      cursor_->Next();
    }
    if (cursor_->valid()) return;
    if (cursor_->status().ok()) {
      at_end_ = true;
      return;
    }
    const std::string reason(MessageOf(cursor_->status()));
    const bool found = SeekBehindDamage(series, read_to_ms, last_ms);
    on_loss({read_to_ms, found ? cursor_->key().first_ms - 1 : last_ms}, reason);
    if (!found) {
      positioned_ = false;
      return;
    }
  }
}

bool PartReader::StepTo(SelectedSeries series, TimestampMs t) {
  for (int step = 0; step < kNearSteps && AtSeries(series); ++step) {
    if (cursor_->key().first_ms >= t) return true;
    if (!steps_pay_) return false;
    // A block that makes no sense is the reader's to report.
    const StatusOr<BlockFrame> frame = OpenBlockFrame(cursor_->value(), /*verify=*/true);
    if (!frame.ok() || frame->time_range.max_ms >= t) return true;
    cursor_->Next();
  }
  steps_pay_ = !AtSeries(series);
  return steps_pay_;
}

bool PartReader::SeekBehindDamage(SelectedSeries series, TimestampMs from_ms, TimestampMs to_ms) {
  // Unsigned: the distance of two int64 may not fit one.
  const uint64_t distance = static_cast<uint64_t>(to_ms) - static_cast<uint64_t>(from_ms);
  for (int probe = 1; probe <= kProbes; ++probe) {
    const uint64_t step = distance / kProbes * static_cast<uint64_t>(probe);
    cursor_->SeekSeriesAt(series.metric, series.series,
                          static_cast<TimestampMs>(static_cast<uint64_t>(from_ms) + step));
    if (AtSeries(series) && cursor_->key().first_ms > from_ms) return true;
    if (cursor_->valid() && series < SeriesOf(cursor_->key())) return false;
  }
  return false;
}

}  // namespace silverback

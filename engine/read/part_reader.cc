#include "engine/read/part_reader.h"

#include <algorithm>
#include <utility>

#include "engine/block/block_frame.h"

namespace silverback {
namespace {

SelectedSeries SeriesOf(const BlockKey& key) {
  return {.metric = key.metric, .series = key.series};
}

/// By its header, as it stands: whoever takes the block verifies it. One that makes no sense ends before everything.
bool EndsBefore(std::string_view block, TimestampMs t) {
  const StatusOr<BlockFrame> frame = OpenBlockFrame(block, /*verify=*/false);
  return !frame.ok() || frame->time_range.max_ms < t;
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
  LeaveRead();
  if (at_end_) return;
  if (positioned_ && cursor_->valid() && series < SeriesOf(cursor_->key())) return;
  // Standing on the series means standing on its first block: nothing lies before it that a seek could find.
  const bool is_there = positioned_ && !read_ && AtSeries(series) && StepTo(series, range.min_ms);
  if (!is_there) SeekAt(series, range.min_ms);
  positioned_ = true;
  read_ = false;
  TimestampMs read_to_ms = std::max(range.min_ms, part_->time.min_ms);
  const TimestampMs last_ms = std::min(range.max_ms, part_->time.max_ms);
  for (;;) {
    while (AtSeries(series) && cursor_->key().first_ms <= range.max_ms) {
      const TimestampMs end_ms = on_block(
          cursor_->key(), cursor_->value(),
          EndsBefore(cursor_->value(), last_ms) ? Lifetime::kCall : Lifetime::kUntilNextRead);
      read_to_ms = std::max(read_to_ms, end_ms);
      if (end_ms >= last_ms) {
        // Nothing behind it is asked for: the cursor stays, and with it the bytes.
        read_ = true;
        return;
      }
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

// Where stepping does not pay, a seek follows anyway.
void PartReader::LeaveRead() {
  if (!read_ || !steps_pay_) return;
  read_ = false;
  cursor_->Next();
  if (cursor_->valid()) return;
  // A table that is damaged there is found again by the seek of whoever wants what lies there.
  at_end_ = cursor_->status().ok();
  positioned_ = false;
}

void PartReader::SeekAt(SelectedSeries series, TimestampMs t) {
  if (guesses_pay_ && SeekByGuess(series, t)) return;
  cursor_->SeekSeriesAt(series.metric, series.series, t);
}

// RocksDB seeks backwards at twice the cost of forwards. The blocks of a part are about as long as each other, so that the wanted one begins
// within a block's length before `t`: a little more than the mean, since those at the ends are shorter.
bool PartReader::SeekByGuess(SelectedSeries series, TimestampMs t) {
  // Doubles: the distance of two int64 may not fit one.
  const double part_ms =
      static_cast<double>(part_->time.max_ms) - static_cast<double>(part_->time.min_ms);
  const double length_ms = part_ms * static_cast<double>(part_->series) /
                           static_cast<double>(std::max<uint64_t>(part_->blocks, 1));
  const double from_ms = static_cast<double>(t) - 1.125 * length_ms;
  const bool from_start = from_ms <= static_cast<double>(part_->time.min_ms);
  cursor_->SeekSeriesFrom(series.metric, series.series,
                          from_start ? kMinTimestampMs : static_cast<TimestampMs>(from_ms));
  // Blocks of a series do not overlap. So where one begins no later than `t`, none before it reaches `t`, and the cursor has but to pass
  // those that end before `t`.
  bool passed_all_before = from_start;
  for (int step = 0; step < kNearSteps; ++step) {
    if (!cursor_->status().ok()) return false;
    passed_all_before |= AtSeries(series) && cursor_->key().first_ms <= t;
    if (!passed_all_before) break;
    if (!AtSeries(series)) return true;
    const StatusOr<BlockFrame> frame = OpenBlockFrame(cursor_->value(), /*verify=*/true);
    if (!frame.ok() || frame->time_range.max_ms >= t) return true;
    cursor_->Next();
  }
  guesses_pay_ = false;
  return false;
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

#include "engine/read/series_cursor.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"
#include "engine/block/block_frame.h"

namespace silverback {
namespace {

/// More is counted as one: a wholly damaged directory must not fill the memory with complaints.
constexpr size_t kLossesMax = 1000;
/// Decoded timelines that a cursor keeps for the series to come.
constexpr size_t kRecentTimelineBytesMax = size_t{64} << 20;
constexpr size_t kRecentHeadTimesMax = 256;

/// The rows of a block, if they are what the block says.
template <typename View>
StatusOr<TimesView> RowsOf(const View& view, const TimelineRows& timeline) {
  const TimelineRef ref = view.timeline();
  const uint64_t end = uint64_t{ref.offset} + view.rows();
  if (end > timeline->size()) {
    return DataLoss("block of rows {} to {} of a timeline that has {}", ref.offset, end,
                    timeline->size());
  }
  const TimesView times = timeline->view().subspan(ref.offset, view.rows());
  if (times.front() != view.time_range().min_ms || times.back() != view.time_range().max_ms) {
    return DataLoss("block from {} to {} on a timeline from {} to {}", view.time_range().min_ms,
                    view.time_range().max_ms, times.front(), times.back());
  }
  return times;
}

void PutBlock(const BlockView* view, Piece* piece) {
  piece->block = view;
}
void PutBlock(const HistogramBlockView* view, Piece* piece) {
  piece->kind = ValueKind::kHistogram;
  piece->histogram_block = view;
}

std::string DescribeBlock(const PartMeta& part, SeriesId series, TimestampMs first_ms,
                          const Status& status) {
  return fmt::format("part {}, series {}, block at {}: {}", part.id, series, FormatTime(first_ms),
                     MessageOf(status));
}

}  // namespace

MergingCursor::MergingCursor(std::shared_ptr<Substrate> substrate, EngineStateRef state,
                             std::span<const SeriesHandle> series, TimeRange range,
                             const ReadOptions& options)
    : substrate_(std::move(substrate)),
      state_(std::move(state)),
      series_(series.begin(), series.end()),
      range_(range),
      options_(options) {
  SB_DCHECK(std::is_sorted(series_.begin(), series_.end()));
  if (!series_.empty() && !range_.empty()) FindParts();
}

void MergingCursor::FindParts() {
  for (size_t i = 0; i < state_->parts.size(); ++i) {
    const PartRef& part = state_->parts[i];
    if (part->time.Overlaps(range_)) sources_.push_back({.part = part, .rank = i, .reader = {}});
  }
}

PartReader* MergingCursor::ReaderOf(Source* source) {
  if (source->readable && !source->reader.has_value()) {
    auto cursor = substrate_->store->NewCursor(source->part->id,
                                               {.fill_cache = options_.cache != CacheUse::kNone});
    if (cursor.ok()) {
      source->reader.emplace(source->part, std::move(cursor).value());
    } else {
      source->readable = false;
      AddLoss(0, RangeIn(*source->part), std::string(MessageOf(cursor.status())));
    }
  }
  return source->readable ? &*source->reader : nullptr;
}

StatusOr<bool> MergingCursor::Next(SeriesRuns* out) {
  if (next_ == series_.size()) return false;
  const SeriesHandle series = series_[next_++];
  pieces_.clear();
  known_.clear();
  views_.clear();
  histogram_views_.clear();
  head_columns_.clear();
  head_histograms_.clear();
  block_starts_.clear();
  timelines_.clear();
  arena_.Reset();
  if (!range_.empty()) {
    CollectParts(series);
    CollectHead(series);
  }
  builder_.Build(std::move(pieces_), &runs_);
  out->series = series.series;
  out->runs = runs_;
  return true;
}

void MergingCursor::CollectParts(SeriesHandle series) {
  for (Source& source : sources_) {
    if (options_.cache == CacheUse::kRecent && AddKnown(source, series)) continue;
    ReadPart(&source, series);
  }
}

bool MergingCursor::AddKnown(const Source& source, SeriesHandle series) {
  auto known =
      substrate_->recent_blocks.Find(source.part->id, series.series, RangeIn(*source.part));
  if (known == nullptr) return false;
  for (const BlockView& view : known->blocks()) {
    if (view.time_range().Overlaps(range_)) AddOpened(*source.part, source.rank, series, view);
  }
  known_.push_back(std::move(known));
  return true;
}

void MergingCursor::ReadPart(Source* source, SeriesHandle series) {
  PartReader* const reader = ReaderOf(source);
  if (reader == nullptr) return;
  handed_.clear();
  lost_ = false;
  reader->Read(
      series, range_,
      [&](const BlockKey& key, std::string_view bytes, PartReader::Lifetime lifetime) {
        // What the cursor is about to leave has to be copied.
        if (lifetime != PartReader::Lifetime::kUntilNextRead) bytes = arena_.Copy(bytes);
        handed_.push_back(bytes);
        return AddBlock(*source->part, source->rank, key, bytes);
      },
      [&](TimeRange range, const std::string& reason) { AddLoss(series.series, range, reason); });
  if (options_.cache != CacheUse::kRecent || lost_) return;
  auto known = KnownBlocks::Make(RangeIn(*source->part), handed_);
  if (known != nullptr) {
    substrate_->recent_blocks.Keep(source->part->id, series.series, std::move(known));
  }
}

TimestampMs MergingCursor::AddBlock(const PartMeta& part, uint64_t rank, const BlockKey& key,
                                    std::string_view bytes) {
  return PeekBlockKind(bytes) == static_cast<uint8_t>(ValueKind::kHistogram)
             ? AddBlockOf(part, rank, key, bytes, &histogram_views_)
             : AddBlockOf(part, rank, key, bytes, &views_);
}

template <typename View>
TimestampMs MergingCursor::AddBlockOf(const PartMeta& part, uint64_t rank, const BlockKey& key,
                                      std::string_view bytes, std::deque<View>* views) {
  auto view = View::Open(bytes);
  if (!view.ok()) {
    AddLoss(key.series, {key.first_ms, std::min(range_.max_ms, part.time.max_ms)},
            DescribeBlock(part, key.series, key.first_ms, view.status()));
    return key.first_ms;
  }
  const TimeRange range = view->time_range();
  if (!range.Overlaps(range_)) return range.max_ms;
  AddOpened(part, rank, {key.metric, key.series}, views->emplace_back(*std::move(view)));
  return range.max_ms;
}

template <typename View>
void MergingCursor::AddOpened(const PartMeta& part, uint64_t rank, SeriesHandle series,
                              const View& view) {
  const Status status = AddPiece(part, rank, view);
  if (status.ok()) return;
  const TimeRange range = view.time_range();
  AddLoss(series.series, range, DescribeBlock(part, series.series, range.min_ms, status));
}

template <typename View>
Status MergingCursor::AddPiece(const PartMeta& part, uint64_t rank, const View& view) {
  ASSIGN_OR_RETURN(const TimelineRows timeline, Timeline(part.id, view.timeline().ordinal));
  ASSIGN_OR_RETURN(const TimesView times, RowsOf(view, timeline));
  timelines_.push_back(timeline);
  Piece piece;
  piece.times = times;
  if (options_.starts && view.has_starts()) {
    StartColumn& starts = block_starts_.emplace_back();
    RETURN_IF_ERROR(view.DecodeStarts(times, &starts));
    piece.starts = starts.view();
  }
  PutBlock(&view, &piece);
  piece.rank = rank;
  ClipPiece(range_, &piece);
  CutPiece(piece, state_->tombstones->In(part.id, series_[next_ - 1].series),
           [this](const Piece& kept) { pieces_.push_back(kept); });
  return absl::OkStatus();
}

StatusOr<TimelineRows> MergingCursor::Timeline(PartId part, uint32_t ordinal) {
  const std::pair<PartId, uint32_t> key(part, ordinal);
  if (const auto it = recent_timelines_.find(key); it != recent_timelines_.end()) return it->second;
  ASSIGN_OR_RETURN(TimelineRows rows, substrate_->timelines.Get(*substrate_->store, part, ordinal));
  if (recent_timeline_bytes_ > kRecentTimelineBytesMax) {
    recent_timelines_.clear();
    recent_timeline_bytes_ = 0;
  }
  recent_timeline_bytes_ += rows->memory_bytes();
  recent_timelines_.emplace(key, rows);
  return rows;
}

void MergingCursor::CollectHead(SeriesHandle series) {
  for (size_t i = 0; i < state_->generations.size(); ++i) {
    const Generation& generation = *state_->generations[i];
    if (!generation.time_range().Overlaps(range_)) continue;
    const auto copy = generation.Copy(series.series, range_);
    if (!copy.has_value()) continue;
    if (copy->has_histograms()) CollectHeadHistograms(*copy, state_->parts.size() + i);
    copy->Read(range_, &samples_);
    if (samples_.empty()) continue;
    std::vector<TimestampMs> times(samples_.size());
    HeadColumn& column = head_columns_.emplace_back();
    column.values.resize(samples_.size());
    for (size_t row = 0; row < samples_.size(); ++row) {
      times[row] = samples_[row].timestamp_ms;
      column.values[row] = samples_[row].value;
    }
    column.times = ShareTimes(std::move(times));
    if (options_.starts) copy->StartsOf(samples_, &column.starts);
    Piece piece;
    piece.starts = column.starts.view();
    piece.times = *column.times;
    piece.values = column.values;
    piece.rank = state_->parts.size() + i;
    pieces_.push_back(piece);
  }
}

void MergingCursor::CollectHeadHistograms(const SeriesCopy& copy, uint64_t rank) {
  std::vector<HistogramSample> samples;
  copy.Read(range_, &samples);
  if (samples.empty()) return;
  HistogramColumn& column = head_histograms_.emplace_back();
  if (options_.starts) copy.StartsOf(samples, &column.starts);
  column.times.reserve(samples.size());
  column.histograms.reserve(samples.size());
  for (HistogramSample& sample : samples) {
    column.times.push_back(sample.timestamp_ms);
    column.histograms.push_back(std::move(sample.histogram));
  }
  Piece piece;
  piece.kind = ValueKind::kHistogram;
  piece.times = column.times;
  piece.histograms = column.histograms;
  piece.starts = column.starts.view();
  piece.rank = rank;
  pieces_.push_back(piece);
}

MergingCursor::SharedTimes MergingCursor::ShareTimes(std::vector<TimestampMs> times) {
  const uint64_t hash =
      Hash64({reinterpret_cast<const char*>(times.data()), times.size() * sizeof(TimestampMs)});
  if (const auto it = recent_head_times_.find(hash);
      it != recent_head_times_.end() && *it->second == times) {
    return it->second;
  }
  if (recent_head_times_.size() >= kRecentHeadTimesMax) recent_head_times_.clear();
  auto shared = std::make_shared<const std::vector<TimestampMs>>(std::move(times));
  recent_head_times_.insert_or_assign(hash, shared);
  return shared;
}

void MergingCursor::AddLoss(SeriesId series, TimeRange range, const std::string& reason) {
  lost_ = true;
  if (losses_.size() >= kLossesMax) return;
  std::string name = "every series";
  if (series != 0) {
    const auto labels = substrate_->registry->Labels(series);
    name = labels.ok() ? labels->ToString() : fmt::format("series {}", series);
  }
  losses_.push_back({.series = series,
                     .range = range,
                     .reason = fmt::format("{} from {} to {}: {}", name, FormatTime(range.min_ms),
                                           FormatTime(range.max_ms), reason)});
}

size_t MergingCursor::memory_bytes() const {
  size_t bytes = arena_.bytes() + builder_.memory_bytes() + recent_timeline_bytes_;
  for (const HeadColumn& column : head_columns_) {
    bytes += column.values.capacity() * sizeof(double) +
             column.times->size() * sizeof(TimestampMs) + column.starts.memory_bytes();
  }
  for (const HistogramColumn& column : head_histograms_) {
    bytes += column.times.capacity() * sizeof(TimestampMs) + column.starts.memory_bytes();
    for (const NativeHistogram& histogram : column.histograms) bytes += histogram.memory_bytes();
  }
  for (const HistogramBlockView& view : histogram_views_) {
    bytes += sizeof(view) + view.memory_bytes();
  }
  for (const StartColumn& starts : block_starts_) bytes += sizeof(starts) + starts.memory_bytes();
  for (const auto& known : known_) bytes += known->memory_bytes();
  bytes += views_.size() * sizeof(BlockView) + runs_.capacity() * sizeof(Run);
  return bytes;
}

}  // namespace silverback

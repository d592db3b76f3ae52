#include "engine/upkeep/merge.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "engine/block/block_frame.h"
#include "engine/read/byte_arena.h"
#include "engine/read/merge_runs.h"
#include "engine/upkeep/block_cutter.h"
#include "engine/upkeep/part_builder.h"

namespace silverback {
namespace {

constexpr size_t kReadaheadBytes = size_t{1} << 20;
/// Decoded timelines of the inputs; apart from the cache that queries use.
constexpr size_t kTimelineBytes = size_t{64} << 20;
constexpr size_t kLargeBlock = size_t{1} << 20;

SelectedSeries SeriesOf(const BlockKey& key) {
  return {.metric = key.metric, .series = key.series};
}

/// The blocks of one series over all inputs, in order of time.
class SeriesBlocks {
 public:
  SeriesBlocks(Substrate* substrate, TimestampMs cutoff_ms, const Tombstones& deleted)
      : store_(substrate->store.get()),
        cutoff_ms_(cutoff_ms),
        deleted_(deleted),
        timelines_(kTimelineBytes) {}

  void Clear() {
    arena_.Reset();
    views_.clear();
    histogram_views_.clear();
    rows_.clear();
    starts_.clear();
    pieces_.clear();
  }

  Status Add(PartId part, uint64_t rank, const BlockKey& key, std::string_view bytes) {
    const std::string_view kept = arena_.Copy(bytes);
    Piece piece;
    piece.rank = rank;
    if (PeekBlockKind(kept) == static_cast<uint8_t>(ValueKind::kHistogram)) {
      auto view = HistogramBlockView::Open(kept);
      if (!view.ok()) return Damaged(part, key, view.status());
      piece.kind = ValueKind::kHistogram;
      piece.histogram_block = &histogram_views_.emplace_back(std::move(view).value());
      return AddRows(part, key, *piece.histogram_block, piece);
    }
    auto view = BlockView::Open(kept);
    if (!view.ok()) return Damaged(part, key, view.status());
    piece.block = &views_.emplace_back(std::move(view).value());
    return AddRows(part, key, *piece.block, piece);
  }

  std::vector<Piece>& pieces() { return pieces_; }

 private:
  template <typename View>
  Status AddRows(PartId part, const BlockKey& key, const View& view, Piece piece) {
    const TimelineRef ref = view.timeline();
    auto rows = timelines_.Get(*store_, part, ref.ordinal);
    if (!rows.ok()) return Damaged(part, key, rows.status());
    if (uint64_t{ref.offset} + view.rows() > (*rows)->size() ||
        (*rows)->view()[ref.offset] != key.first_ms) {
      return Damaged(part, key, DataLoss("its rows are not those of its timeline"));
    }
    piece.times = (*rows)->view().subspan(ref.offset, view.rows());
    if (view.has_starts()) {
      StartColumn& starts = starts_.emplace_back();
      const Status status = view.DecodeStarts(piece.times, &starts);
      if (!status.ok()) return Damaged(part, key, status);
      piece.starts = starts.view();
    }
    ClipPiece({cutoff_ms_, kMaxTimestampMs}, &piece);
    if (piece.times.empty()) return absl::OkStatus();
    rows_.push_back(std::move(rows).value());
    CutPiece(piece, deleted_.In(part, key.series),
             [this](const Piece& kept) { pieces_.push_back(kept); });
    return absl::OkStatus();
  }

  static Status Damaged(PartId part, const BlockKey& key, const Status& status) {
    return WithContext(status, fmt::format("part {}, series {}, block at {}", part, key.series,
                                           FormatTime(key.first_ms)));
  }

  const Store* const store_;
  const TimestampMs cutoff_ms_;
  const Tombstones& deleted_;
  TimelineCache timelines_;
  ByteArena arena_;
  std::deque<BlockView> views_;
  std::deque<HistogramBlockView> histogram_views_;
  std::vector<TimelineRows> rows_;
  std::deque<StartColumn> starts_;
  std::vector<Piece> pieces_;
};

/// Writes series, cut anew where that makes longer blocks.
class MergeWriter {
 public:
  MergeWriter(PartBuilder* builder, MergeResult* result) : builder_(builder), result_(result) {}

  Status AddSeries(SelectedSeries series, std::vector<Piece>& pieces) {
    std::sort(pieces.begin(), pieces.end(),
              [](const Piece& a, const Piece& b) { return a.first_ms() < b.first_ms(); });
    const BlockCutter cutter(pieces.front().times);
    for (size_t begin = 0; begin < pieces.size();) {
      TimestampMs last_ms = pieces[begin].last_ms();
      size_t end = begin + 1;
      for (; end < pieces.size() && pieces[end].first_ms() <= last_ms; ++end) {
        last_ms = std::max(last_ms, pieces[end].last_ms());
      }
      std::optional<TimestampMs> next_ms;
      if (end < pieces.size()) next_ms = pieces[end].first_ms();
      RETURN_IF_ERROR(
          AddGroup(series, cutter, std::span(pieces).subspan(begin, end - begin), next_ms));
      begin = end;
    }
    return Flush(series, cutter);
  }

 private:
  Status AddGroup(SelectedSeries series, const BlockCutter& cutter, std::span<Piece> group,
                  std::optional<TimestampMs> next_ms) {
    const Piece& first = group.front();
    if (group.size() == 1 && pending_.times.empty() && pending_histograms_.times.empty() &&
        first.times.size() == RowsOf(first) &&
        (IsLarge(first) || cutter.IsWhole(first.times.size(), first.first_ms(), first.last_ms(),
                                          next_ms.has_value() ? &*next_ms : nullptr))) {
      ++result_->blocks_copied;
      copied_times_.resize(first.times.size());
      first.times.CopyTo(copied_times_.data());
      return builder_->AddCopy(series, BytesOf(first), copied_times_);
    }
    if (!HasHistograms(group)) return AddFloats(series, cutter, MergePieces(group));
    for (Stretch& stretch : MergeMixedPieces(group)) {
      RETURN_IF_ERROR(stretch.kind == ValueKind::kHistogram
                          ? AddHistograms(series, cutter, std::move(stretch.histograms))
                          : AddFloats(series, cutter, stretch.floats));
    }
    return absl::OkStatus();
  }

  static size_t RowsOf(const Piece& piece) {
    return piece.block != nullptr ? piece.block->rows() : piece.histogram_block->rows();
  }
  static std::string_view BytesOf(const Piece& piece) {
    return piece.block != nullptr ? piece.block->bytes() : piece.histogram_block->bytes();
  }
  /// Blocks of histograms with very many buckets are cut by their size: joining them is no gain.
  static bool IsLarge(const Piece& piece) {
    return piece.histogram_block != nullptr && piece.histogram_block->bytes().size() > kLargeBlock;
  }

  Status AddFloats(SelectedSeries series, const BlockCutter& cutter, const SampleColumn& merged) {
    // Another kind ends a block: those of a series do not overlap.
    RETURN_IF_ERROR(FlushHistograms(series, cutter, /*complete=*/true));
    pending_.starts.Append(merged.starts.view(), 0, merged.times.size(), pending_.times.size());
    pending_.times.insert(pending_.times.end(), merged.times.begin(), merged.times.end());
    pending_.values.insert(pending_.values.end(), merged.values.begin(), merged.values.end());
    return FlushFloats(series, cutter, /*complete=*/false);
  }

  Status AddHistograms(SelectedSeries series, const BlockCutter& cutter, HistogramColumn merged) {
    RETURN_IF_ERROR(FlushFloats(series, cutter, /*complete=*/true));
    HistogramColumn& pending = pending_histograms_;
    pending.starts.Append(merged.starts.view(), 0, merged.times.size(), pending.times.size());
    pending.times.insert(pending.times.end(), merged.times.begin(), merged.times.end());
    pending.histograms.insert(pending.histograms.end(),
                              std::move_iterator(merged.histograms.begin()),
                              std::move_iterator(merged.histograms.end()));
    return FlushHistograms(series, cutter, /*complete=*/false);
  }

  Status Flush(SelectedSeries series, const BlockCutter& cutter) {
    RETURN_IF_ERROR(FlushFloats(series, cutter, /*complete=*/true));
    return FlushHistograms(series, cutter, /*complete=*/true);
  }

  Status FlushFloats(SelectedSeries series, const BlockCutter& cutter, bool complete) {
    std::span<const TimestampMs> times = pending_.times;
    std::span<const double> values = pending_.values;
    StartsView starts = pending_.starts.view();
    while (!times.empty()) {
      const size_t rows = cutter.NextBlock(times, complete);
      if (rows == 0) break;
      RETURN_IF_ERROR(builder_->AddBlock(series, times.first(rows), values.first(rows), starts));
      ++result_->blocks_encoded;
      starts = starts.From(rows);
      times = times.subspan(rows);
      values = values.subspan(rows);
    }
    EraseFront(pending_.times.size() - times.size(), &pending_, &pending_.values);
    return absl::OkStatus();
  }

  Status FlushHistograms(SelectedSeries series, const BlockCutter& cutter, bool complete) {
    std::span<const TimestampMs> times = pending_histograms_.times;
    std::span<const NativeHistogram> histograms = pending_histograms_.histograms;
    StartsView starts = pending_histograms_.starts.view();
    while (!times.empty()) {
      size_t rows = cutter.NextBlock(times, complete);
      const size_t fitting = RowsWithinCounts(histograms, rows == 0 ? times.size() : rows);
      if (rows == 0 && fitting == times.size()) break;
      rows = fitting;
      RETURN_IF_ERROR(
          builder_->AddBlock(series, times.first(rows), histograms.first(rows), starts));
      ++result_->blocks_encoded;
      starts = starts.From(rows);
      times = times.subspan(rows);
      histograms = histograms.subspan(rows);
    }
    EraseFront(pending_histograms_.times.size() - times.size(), &pending_histograms_,
               &pending_histograms_.histograms);
    return absl::OkStatus();
  }

  /// `values` are those of `column`.
  template <typename Column, typename Value>
  static void EraseFront(size_t rows, Column* column, std::vector<Value>* values) {
    const auto done = static_cast<ptrdiff_t>(rows);
    column->times.erase(column->times.begin(), column->times.begin() + done);
    values->erase(values->begin(), values->begin() + done);
    column->starts.EraseFront(rows);
  }

  PartBuilder* const builder_;
  MergeResult* const result_;
  std::vector<TimestampMs> copied_times_;
  // Not written yet; one of the two is empty.
  SampleColumn pending_;
  HistogramColumn pending_histograms_;
};

struct Input {
  PartRef part;
  std::unique_ptr<BlockCursor> cursor;
};

StatusOr<std::vector<Input>> OpenInputs(const MergePlan& plan, const Store& store) {
  std::vector<PartRef> parts = plan.inputs;
  SortBySequence(&parts);
  std::vector<Input> inputs;
  for (PartRef& part : parts) {
    ASSIGN_OR_RETURN(std::unique_ptr<BlockCursor> cursor,
                     store.NewCursor(part->id, {.readahead_bytes = kReadaheadBytes,
                                                .fill_cache = false,
                                                .verify_checksums = true}));
    cursor->SeekToFirst();
    inputs.push_back({std::move(part), std::move(cursor)});
  }
  return inputs;
}

NewPart OutputOf(const MergePlan& plan, const MergeOptions& options) {
  NewPart output;
  output.partition = plan.inputs.front()->partition;
  output.kind = plan.kind;
  output.first_sequence = plan.inputs.front()->first_sequence;
  for (const PartRef& input : plan.inputs) {
    output.first_sequence = std::min(output.first_sequence, input->first_sequence);
    output.last_sequence = std::max(output.last_sequence, input->last_sequence);
    output.inputs.push_back(input->id);
  }
  output.admit = options.admit;
  output.bytes_per_second = options.bytes_per_second;
  return output;
}

/// The first series that any input has next; nullopt at the end.
StatusOr<std::optional<SelectedSeries>> NextSeries(std::span<const Input> inputs) {
  std::optional<SelectedSeries> next;
  for (const Input& input : inputs) {
    if (!input.cursor->valid()) {
      RETURN_IF_ERROR(input.cursor->status());
      continue;
    }
    const SelectedSeries series = SeriesOf(input.cursor->key());
    if (!next.has_value() || series < *next) next = series;
  }
  return next;
}

}  // namespace

StatusOr<MergeResult> MergeParts(const MergePlan& plan, Substrate* substrate,
                                 const MergeOptions& options) {
  Store* const store = substrate->store.get();
  ASSIGN_OR_RETURN(std::vector<Input> inputs, OpenInputs(plan, *store));
  ASSIGN_OR_RETURN(std::unique_ptr<PartWriter> writer,
                   store->NewPartWriter(OutputOf(plan, options)));
  PartBuilder builder(std::move(writer));
  MergeResult result;
  MergeWriter merge(&builder, &result);
  const Tombstones none;
  SeriesBlocks blocks(substrate, options.cutoff_ms,
                      options.deleted != nullptr ? *options.deleted : none);
  for (;;) {
    if (options.cancelled != nullptr && options.cancelled->load()) {
      return Error(absl::StatusCode::kCancelled, "merge stopped");
    }
    ASSIGN_OR_RETURN(const std::optional<SelectedSeries> series, NextSeries(inputs));
    if (!series.has_value()) break;
    blocks.Clear();
    for (size_t rank = 0; rank < inputs.size(); ++rank) {
      BlockCursor& cursor = *inputs[rank].cursor;
      for (; cursor.valid() && SeriesOf(cursor.key()) == *series; cursor.Next()) {
        RETURN_IF_ERROR(blocks.Add(inputs[rank].part->id, rank, cursor.key(), cursor.value()));
      }
    }
    if (!blocks.pieces().empty()) RETURN_IF_ERROR(merge.AddSeries(*series, blocks.pieces()));
  }
  if (builder.blocks() == 0) return result;
  ASSIGN_OR_RETURN(FinishedPart part, builder.Finish());
  result.parts.push_back(std::move(part));
  return result;
}

}  // namespace silverback

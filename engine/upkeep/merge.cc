#include "engine/upkeep/merge.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "engine/read/byte_arena.h"
#include "engine/read/merge_runs.h"
#include "engine/upkeep/block_cutter.h"
#include "engine/upkeep/part_builder.h"

namespace silverback {
namespace {

constexpr size_t kReadaheadBytes = size_t{1} << 20;
/// Decoded timelines of the inputs; apart from the cache that queries use.
constexpr size_t kTimelineBytes = size_t{64} << 20;

SelectedSeries SeriesOf(const BlockKey& key) {
  return {.metric = key.metric, .series = key.series};
}

/// The blocks of one series over all inputs, in order of time.
class SeriesBlocks {
 public:
  SeriesBlocks(Substrate* substrate, TimestampMs cutoff_ms)
      : store_(substrate->store.get()), cutoff_ms_(cutoff_ms), timelines_(kTimelineBytes) {}

  void Clear() {
    arena_.Reset();
    views_.clear();
    rows_.clear();
    pieces_.clear();
  }

  Status Add(PartId part, uint64_t rank, const BlockKey& key, std::string_view bytes) {
    auto view = BlockView::Open(arena_.Copy(bytes));
    if (!view.ok()) return Damaged(part, key, view.status());
    auto rows = timelines_.Get(*store_, part, view->timeline().ordinal);
    if (!rows.ok()) return Damaged(part, key, rows.status());
    const TimelineRef ref = view->timeline();
    if (uint64_t{ref.offset} + view->rows() > (*rows)->size() ||
        (**rows)[ref.offset] != key.first_ms) {
      return Damaged(part, key, DataLoss("its rows are not those of its timeline"));
    }
    Piece piece;
    piece.times = std::span(**rows).subspan(ref.offset, view->rows());
    piece.block = &views_.emplace_back(std::move(view).value());
    piece.rank = rank;
    ClipPiece({cutoff_ms_, kMaxTimestampMs}, &piece);
    if (piece.times.empty()) return absl::OkStatus();
    rows_.push_back(std::move(rows).value());
    pieces_.push_back(piece);
    return absl::OkStatus();
  }

  std::vector<Piece>& pieces() { return pieces_; }

 private:
  static Status Damaged(PartId part, const BlockKey& key, const Status& status) {
    return WithContext(status, fmt::format("part {}, series {}, block at {}", part, key.series,
                                           FormatTime(key.first_ms)));
  }

  const Store* const store_;
  const TimestampMs cutoff_ms_;
  TimelineCache timelines_;
  ByteArena arena_;
  std::deque<BlockView> views_;
  std::vector<TimelineRows> rows_;
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
    return Flush(series, cutter, /*complete=*/true);
  }

 private:
  Status AddGroup(SelectedSeries series, const BlockCutter& cutter, std::span<Piece> group,
                  std::optional<TimestampMs> next_ms) {
    const Piece& first = group.front();
    if (group.size() == 1 && pending_.times.empty() && first.times.size() == first.block->rows() &&
        cutter.IsWhole(first.times.size(), first.first_ms(), first.last_ms(),
                       next_ms.has_value() ? &*next_ms : nullptr)) {
      ++result_->blocks_copied;
      return builder_->AddCopy(series, *first.block, first.times);
    }
    const SampleColumn merged = MergePieces(group);
    pending_.times.insert(pending_.times.end(), merged.times.begin(), merged.times.end());
    pending_.values.insert(pending_.values.end(), merged.values.begin(), merged.values.end());
    return Flush(series, cutter, /*complete=*/false);
  }

  Status Flush(SelectedSeries series, const BlockCutter& cutter, bool complete) {
    std::span<const TimestampMs> times = pending_.times;
    std::span<const double> values = pending_.values;
    while (!times.empty()) {
      const size_t rows = cutter.NextBlock(times, complete);
      if (rows == 0) break;
      RETURN_IF_ERROR(builder_->AddBlock(series, times.first(rows), values.first(rows)));
      ++result_->blocks_encoded;
      times = times.subspan(rows);
      values = values.subspan(rows);
    }
    const auto done = static_cast<ptrdiff_t>(pending_.times.size() - times.size());
    pending_.times.erase(pending_.times.begin(), pending_.times.begin() + done);
    pending_.values.erase(pending_.values.begin(), pending_.values.begin() + done);
    return absl::OkStatus();
  }

  PartBuilder* const builder_;
  MergeResult* const result_;
  SampleColumn pending_;  // not written yet
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
  SeriesBlocks blocks(substrate, options.cutoff_ms);
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

#include "tools/commands/inspect_blocks.h"

#include <algorithm>
#include <vector>

#include "engine/block/block_frame.h"
#include "engine/block/timeline.h"

namespace silverback {
namespace {

constexpr std::string_view kSections = "histogram sections";

bool HasHistograms(std::string_view block) {
  return PeekBlockKind(block) == static_cast<uint8_t>(ValueKind::kHistogram);
}

/// "3 decimal, 1 runs": the codecs of a block's vectors, in order.
std::string CodecsOf(const BlockView& block) {
  std::string text;
  for (uint32_t i = 0; i < block.vector_count();) {
    const std::string_view codec = block.vector_info(i).codec;
    const uint32_t begin = i;
    while (i < block.vector_count() && block.vector_info(i).codec == codec) ++i;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", i - begin, codec);
  }
  return text;
}

StatusOr<std::vector<TimestampMs>> TimesOf(Store* store, PartId part, TimelineRef timeline,
                                           uint32_t rows) {
  ASSIGN_OR_RETURN(const std::string bytes, store->ReadTimeline(part, timeline.ordinal));
  std::vector<TimestampMs> times;
  RETURN_IF_ERROR(DecodeTimeline(bytes, &times));
  const uint64_t end = uint64_t{timeline.offset} + rows;
  if (times.size() < end) {
    return DataLoss("the block's rows {} to {} are not in timeline {}, which has {}",
                    timeline.offset, end - 1, timeline.ordinal, times.size());
  }
  const auto first = times.begin() + timeline.offset;
  return std::vector<TimestampMs>(first, first + rows);
}

std::vector<Cell> FloatCells(const BlockView& block, uint32_t rows) {
  std::vector<double> values(rows);
  block.Decode(0, rows, values.data());
  std::vector<Cell> cells;
  for (const double value : values) cells.push_back(ValueCell(value));
  return cells;
}

StatusOr<std::vector<Cell>> HistogramCells(const HistogramBlockView& block, uint32_t rows) {
  std::vector<Cell> cells;
  NativeHistogram histogram;
  for (uint32_t row = 0; row < rows; ++row) {
    if (!block.Decode(row, row + 1, &histogram)) {
      return DataLoss("the histogram of row {} makes no sense", row);
    }
    cells.push_back(HistogramCell(histogram));
  }
  return cells;
}

}  // namespace

StatusOr<BlockSummary> SummarizeBlock(std::string_view bytes) {
  if (HasHistograms(bytes)) {
    ASSIGN_OR_RETURN(const HistogramBlockView block, HistogramBlockView::Open(bytes));
    return BlockSummary{block.time_range(), block.rows(), block.timeline(),
                        fmt::format("{} {}", block.section_count(), kSections)};
  }
  ASSIGN_OR_RETURN(const BlockView block, BlockView::Open(bytes, BlockView::Verify::kFacts));
  return BlockSummary{block.time_range(), block.rows(), block.timeline(), CodecsOf(block)};
}

Status CheckBlock(std::string_view bytes) {
  return HasHistograms(bytes) ? HistogramBlockView::Open(bytes).status()
                              : BlockView::Open(bytes).status();
}

void CodecCount::Add(std::string_view bytes) {
  if (HasHistograms(bytes)) {
    const StatusOr<HistogramBlockView> block = HistogramBlockView::Open(bytes);
    if (block.ok()) AddHistograms(*block);
    return;
  }
  const StatusOr<BlockView> block = BlockView::Open(bytes, BlockView::Verify::kFacts);
  if (block.ok()) AddFloats(*block);
}

void CodecCount::AddFloats(const BlockView& block) {
  size_t values = 0;
  for (uint32_t i = 0; i < block.vector_count(); ++i) {
    const BlockView::VectorInfo info = block.vector_info(i);
    values += Count(info.codec, info.rows, info.bytes);
  }
  header_bytes_ += block.bytes().size() - values;
  rows_ += block.rows();
}

void CodecCount::AddHistograms(const HistogramBlockView& block) {
  size_t values = 0;
  for (size_t i = 0; i < block.section_count(); ++i) {
    const HistogramBlockView::SectionInfo info = block.section_info(i);
    values += Count(kSections, info.rows, info.bytes);
  }
  header_bytes_ += block.bytes().size() - values;
  rows_ += block.rows();
}

size_t CodecCount::Count(std::string_view codec, uint64_t values, size_t bytes) {
  Totals& totals = by_codec_[std::string(codec)];
  ++totals.vectors;
  totals.values += values;
  totals.bytes += bytes;
  return bytes;
}

Listing CodecCount::ToListing() const {
  Listing listing{"codecs",
                  "Stored by",
                  {{"codec", "codec"},
                   {"vectors", ">vectors"},
                   {"values", ">values"},
                   {"bytes", ">bytes"},
                   {"bytesPerValue", ">bytes a value"}},
                  {}};
  for (const auto& [codec, totals] : by_codec_) {
    listing.rows.push_back({TextCell(codec), NumberCell(totals.vectors), NumberCell(totals.values),
                            NumberCell(totals.bytes),
                            RatioCell(static_cast<double>(totals.bytes), totals.values)});
  }
  listing.rows.push_back({TextCell("headers and facts"), NumberCell(0), NumberCell(rows_),
                          NumberCell(header_bytes_),
                          RatioCell(static_cast<double>(header_bytes_), rows_)});
  return listing;
}

StatusOr<Listing> ListSamples(Store* store, PartId part, std::string_view bytes, uint64_t limit) {
  ASSIGN_OR_RETURN(const BlockSummary summary, SummarizeBlock(bytes));
  ASSIGN_OR_RETURN(const std::vector<TimestampMs> times,
                   TimesOf(store, part, summary.timeline, summary.rows));
  const auto rows = static_cast<uint32_t>(std::min<uint64_t>(summary.rows, limit));
  std::vector<Cell> values;
  StartColumn starts;
  if (HasHistograms(bytes)) {
    ASSIGN_OR_RETURN(const HistogramBlockView block, HistogramBlockView::Open(bytes));
    ASSIGN_OR_RETURN(values, HistogramCells(block, rows));
    RETURN_IF_ERROR(block.DecodeStarts(times, &starts));
  } else {
    ASSIGN_OR_RETURN(const BlockView block, BlockView::Open(bytes));
    values = FloatCells(block, rows);
    RETURN_IF_ERROR(block.DecodeStarts(times, &starts));
  }
  // Numbers stand under each other at the right; the texts of histograms begin at the left.
  const char* const title = HasHistograms(bytes) ? "value" : ">value";
  Listing listing{"samples", "Samples", {{"row", ">row"}, {"time", "time"}, {"value", title}}, {}};
  for (uint32_t row = 0; row < rows; ++row) {
    listing.rows.push_back({NumberCell(row), TimeCell(times[row]), values[row]});
    if (!starts.empty()) listing.rows.back().push_back(StartCell(starts.view().At(row)));
  }
  if (!starts.empty()) listing.columns.push_back({"start", "start"});
  listing.cut = summary.rows > limit;
  return listing;
}

}  // namespace silverback

#include "engine/block/histogram_block.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/coding.h"
#include "engine/block/block_frame.h"
#include "engine/block/histogram_section.h"

namespace silverback {
namespace {

NativeHistogram Senseless() {
  NativeHistogram histogram;
  histogram.sum = ValueOf(kNormalNanBits);
  return histogram;
}

std::string EncodeStaleRows(std::span<const NativeHistogram> histograms) {
  std::string gaps;
  uint64_t count = 0;
  size_t next = 0;
  for (size_t row = 0; row < histograms.size(); ++row) {
    if (!histograms[row].IsStale()) continue;
    PutVarint(&gaps, row - next);
    next = row + 1;
    ++count;
  }
  std::string facts;
  PutVarint(&facts, count);
  return facts + gaps;
}

}  // namespace

std::string BuildHistogramBlock(std::span<const TimestampMs> times,
                                std::span<const NativeHistogram> histograms, TimelineRef timeline,
                                const StartsView& starts) {
  SB_CHECK_EQ(times.size(), histograms.size());
  SB_CHECK_LE(size_t{1}, histograms.size());
  SB_CHECK_LE(histograms.size(), size_t{kMaxBlockSamples});
  std::string directory;
  std::string sections;
  uint64_t count = 0;
  for (size_t begin = 0; begin < histograms.size(); ++count) {
    size_t end = begin + 1;
    while (end < histograms.size() && end - begin < kMaxSectionRows &&
           histograms[end].SameLayout(histograms[begin])) {
      ++end;
    }
    const size_t before = sections.size();
    PutHistogramSection(histograms.subspan(begin, end - begin), &sections);
    PutVarint(&directory, end - begin);
    PutVarint(&directory, sections.size() - before);
    begin = end;
  }
  std::string values;
  PutVarint(&values, count);
  values.append(directory);
  values.append(sections);
  std::string encoded_starts;
  PutStarts(times, starts, &encoded_starts);
  return AssembleBlock(ValueKind::kHistogram, timeline, static_cast<uint32_t>(histograms.size()),
                       {times.front(), times.back()}, EncodeStaleRows(histograms), values,
                       encoded_starts);
}

StatusOr<HistogramBlockView> HistogramBlockView::Open(std::string_view bytes) {
  return OpenImpl(bytes, /*verify=*/true);
}

StatusOr<HistogramBlockView> HistogramBlockView::FUZZING_ONLY_OpenUnverified(
    std::string_view bytes) {
  return OpenImpl(bytes, /*verify=*/false);
}

StatusOr<HistogramBlockView> HistogramBlockView::OpenImpl(std::string_view bytes, bool verify) {
  ASSIGN_OR_RETURN(const BlockFrame frame, OpenBlockFrame(bytes, verify));
  if (frame.kind != static_cast<uint8_t>(ValueKind::kHistogram)) {
    return DataLoss("block: values of kind {}, where histograms were expected", frame.kind);
  }
  if (frame.values.size() > UINT32_MAX) return DataLoss("block: it is too long");
  if (verify) RETURN_IF_ERROR(VerifyBlockBody(frame.body(), frame.values_crc));
  HistogramBlockView view;
  view.bytes_ = bytes;
  view.values_ = frame.values;
  view.starts_ = frame.starts;
  view.rows_ = frame.rows;
  view.time_range_ = frame.time_range;
  view.timeline_ = frame.timeline;
  if (!view.ParseFacts(frame.facts)) return DataLoss("block: the facts are malformed");
  if (!view.ParseDirectory()) return DataLoss("block: the directory of sections is malformed");
  return view;
}

bool HistogramBlockView::ParseFacts(std::string_view facts) {
  uint64_t count = 0;
  if (!GetVarint(&facts, &count) || count > rows_) return false;
  stale_rows_.resize(count);
  uint64_t next = 0;
  for (uint32_t& row : stale_rows_) {
    uint64_t gap = 0;
    if (!GetVarint(&facts, &gap) || gap >= rows_ - next) return false;
    row = static_cast<uint32_t>(next + gap);
    next = row + uint64_t{1};
  }
  return facts.empty();
}

bool HistogramBlockView::ParseDirectory() {
  std::string_view in = values_;
  uint64_t count = 0;
  if (!GetVarint(&in, &count) || count == 0 || count > rows_) return false;
  sections_.resize(count);
  uint64_t row = 0;
  uint64_t offset = 0;
  for (Section& section : sections_) {
    uint64_t rows = 0;
    uint64_t bytes = 0;
    if (!GetVarint(&in, &rows) || !GetVarint(&in, &bytes) || rows == 0 ||
        rows > std::min<uint64_t>(kMaxSectionRows, rows_ - row) ||
        bytes > values_.size() - offset) {
      return false;
    }
    section = {static_cast<uint32_t>(row), static_cast<uint32_t>(offset)};
    row += rows;
    offset += bytes;
  }
  if (row != rows_ || offset != in.size()) return false;
  values_ = in;
  return true;
}

bool HistogramBlockView::IsStale(uint32_t row) const {
  return std::binary_search(stale_rows_.begin(), stale_rows_.end(), row);
}

Status HistogramBlockView::DecodeStarts(const TimesView& times, StartColumn* out) const {
  SB_DCHECK_EQ(times.size(), size_t{rows_});
  return DecodeBlockStarts(starts_, times, out);
}

HistogramBlockView::SectionInfo HistogramBlockView::section_info(size_t index) const {
  SB_DCHECK_LT(index, sections_.size());
  const bool last = index + 1 == sections_.size();
  const Section& section = sections_[index];
  return {section.first_row, (last ? rows_ : sections_[index + 1].first_row) - section.first_row,
          (last ? values_.size() : sections_[index + 1].offset) - section.offset};
}

bool HistogramBlockView::Decode(uint32_t begin, uint32_t end, NativeHistogram* out) const {
  SB_DCHECK_LE(begin, end);
  SB_DCHECK_LE(end, rows_);
  if (begin == end) return true;
  const auto behind = std::upper_bound(
      sections_.begin(), sections_.end(), begin,
      [](uint32_t row, const Section& section) { return row < section.first_row; });
  bool whole = true;
  for (auto index = static_cast<size_t>(behind - sections_.begin()) - 1; begin < end; ++index) {
    const SectionInfo info = section_info(index);
    const uint32_t first = begin - info.first_row;
    const uint32_t last = std::min(end - info.first_row, info.rows);
    HistogramSection section;
    if (!section.Parse(values_.substr(sections_[index].offset, info.bytes), info.rows) ||
        !section.Decode(first, last, out)) {
      std::fill(out, out + (last - first), Senseless());
      whole = false;
    }
    out += last - first;
    begin += last - first;
  }
  return whole;
}

}  // namespace silverback

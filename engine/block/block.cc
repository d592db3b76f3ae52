#include "engine/block/block.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/coding.h"
#include "engine/block/block_frame.h"
#include "engine/block/facts_coding.h"
#include "engine/codec/choose.h"

namespace silverback {
namespace {

static_assert(kVectorSamples == codec::kMaxVectorValues);

bool GetVarint32(std::string_view* in, uint32_t* value) {
  uint64_t wide = 0;
  if (!GetVarint(in, &wide) || wide > 0xffffffff) return false;
  *value = static_cast<uint32_t>(wide);
  return true;
}

Status MalformedHeader() {
  return DataLoss("block: the header is malformed");
}

}  // namespace

std::string BuildBlock(std::span<const TimestampMs> times, std::span<const double> values,
                       TimelineRef timeline, const StartsView& starts) {
  SB_CHECK_EQ(times.size(), values.size());
  SB_CHECK_LE(size_t{1}, values.size());
  SB_CHECK_LE(values.size(), size_t{kMaxBlockSamples});
  std::string encoded;
  std::string directory;
  for (size_t begin = 0; begin < values.size(); begin += kVectorSamples) {
    const size_t size = std::min<size_t>(kVectorSamples, values.size() - begin);
    const size_t before = encoded.size();
    const codec::CodecId id =
        codec::EncodeSmallest(values.subspan(begin, size), /*allow_runs=*/true, &encoded);
    PutFixed(&directory, static_cast<uint8_t>(id));
    PutVarint(&directory, encoded.size() - before);
  }
  std::string facts;
  PutFacts(ComputeFacts(values), &facts);
  facts.append(directory);
  std::string encoded_starts;
  PutStarts(times, starts, &encoded_starts);
  return AssembleBlock(ValueKind::kFloat, timeline, static_cast<uint32_t>(values.size()),
                       {times.front(), times.back()}, facts, encoded, encoded_starts);
}

StatusOr<BlockView> BlockView::Open(std::string_view bytes, Verify verify) {
  return OpenImpl(bytes, /*verify_header=*/true, /*verify_values=*/verify == Verify::kAll);
}

StatusOr<BlockView> BlockView::FUZZING_ONLY_OpenUnverified(std::string_view bytes) {
  return OpenImpl(bytes, /*verify_header=*/false, /*verify_values=*/false);
}

StatusOr<BlockView> BlockView::OpenImpl(std::string_view bytes, bool verify_header,
                                        bool verify_values) {
  ASSIGN_OR_RETURN(const BlockFrame frame, OpenBlockFrame(bytes, verify_header));
  if (frame.kind != static_cast<uint8_t>(ValueKind::kFloat)) {
    return DataLoss("block: values of kind {} are not known", frame.kind);
  }
  BlockView view;
  view.bytes_ = bytes;
  view.values_ = frame.values;
  view.starts_ = frame.starts;
  view.rows_ = frame.rows;
  view.values_crc_ = frame.values_crc;
  view.time_range_ = frame.time_range;
  view.timeline_ = frame.timeline;
  RETURN_IF_ERROR(view.ParseFacts(frame.facts));
  if (verify_values) RETURN_IF_ERROR(view.VerifyValues());
  return view;
}

Status BlockView::ParseFacts(std::string_view header) {
  if (!GetFacts(&header, rows_, &facts_)) return DataLoss("block: the facts are malformed");
  uint64_t offset = 0;
  for (uint32_t i = 0; i < vector_count(); ++i) {
    Vector& vector = vectors_[i];
    if (!GetFixed(&header, &vector.codec) || !GetVarint32(&header, &vector.size)) {
      return MalformedHeader();
    }
    if (codec::FindCodec(vector.codec) == nullptr) {
      return DataLoss("block: codec {} of vector {} is not known", vector.codec, i);
    }
    vector.offset = static_cast<uint32_t>(offset);
    offset += vector.size;
    if (offset > values_.size()) break;
  }
  if (offset != values_.size() || !header.empty()) {
    return DataLoss("block: vectors of {} bytes are announced, {} bytes follow the header", offset,
                    values_.size());
  }
  return {};
}

Status BlockView::VerifyValues() const {
  return VerifyBlockBody({values_.data(), values_.size() + starts_.size()}, values_crc_);
}

Status BlockView::DecodeStarts(const TimesView& times, StartColumn* out) const {
  SB_DCHECK_EQ(times.size(), size_t{rows_});
  return DecodeBlockStarts(starts_, times, out);
}

uint32_t BlockView::VectorRows(uint32_t index) const {
  return std::min(kVectorSamples, rows_ - index * kVectorSamples);
}

std::string_view BlockView::VectorBytes(uint32_t index) const {
  return values_.substr(vectors_[index].offset, vectors_[index].size);
}

double BlockView::ValueAt(uint32_t row) const {
  SB_DCHECK_LT(row, rows_);
  const uint32_t index = row / kVectorSamples;
  const codec::Codec& codec = *codec::FindCodec(vectors_[index].codec);
  double value = 0;
  if (!codec.value_at(VectorBytes(index), VectorRows(index), row % kVectorSamples, &value)) {
    return ValueOf(kNormalNanBits);
  }
  return value;
}

void BlockView::Decode(uint32_t begin, uint32_t end, double* out) const {
  SB_DCHECK_LE(begin, end);
  SB_DCHECK_LE(end, rows_);
  while (begin < end) {
    const uint32_t index = begin / kVectorSamples;
    const uint32_t first = begin % kVectorSamples;
    const uint32_t last = std::min(end - index * kVectorSamples, kVectorSamples);
    const codec::Codec& codec = *codec::FindCodec(vectors_[index].codec);
    if (!codec.decode(VectorBytes(index), VectorRows(index), first, last, out)) {
      std::fill(out, out + (last - first), ValueOf(kNormalNanBits));
    }
    out += last - first;
    begin += last - first;
  }
}

BlockView::VectorInfo BlockView::vector_info(uint32_t index) const {
  SB_DCHECK_LT(index, vector_count());
  return {codec::FindCodec(vectors_[index].codec)->name, vectors_[index].size, VectorRows(index)};
}

}  // namespace silverback

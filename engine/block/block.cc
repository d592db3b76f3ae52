#include "engine/block/block.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/coding.h"
#include "engine/base/hash.h"
#include "engine/block/facts_coding.h"
#include "engine/codec/choose.h"

namespace silverback {
namespace {

static_assert(kVectorSamples == codec::kMaxVectorValues);

constexpr uint8_t kVersion = 1;
// Version, kind, the header's size, its checksum.
constexpr size_t kPrefixSize = 8;
constexpr size_t kHeaderSizeAt = 2;
constexpr size_t kHeaderCrcAt = 4;

// The checksum of a header is of all its bytes but its own four.
uint32_t HeaderCrc(std::string_view header) {
  return Crc32c(header.substr(kPrefixSize), Crc32c(header.substr(0, kHeaderCrcAt)));
}

// Puts prefix and fields together, and the values behind them.
std::string AssembleBlock(ValueKind kind, std::string_view fields, std::string_view values) {
  std::string block;
  block.reserve(kPrefixSize + fields.size() + values.size());
  PutFixed(&block, kVersion);
  PutFixed(&block, static_cast<uint8_t>(kind));
  SB_CHECK_LE(kPrefixSize + fields.size(), size_t{0xffff});
  PutFixed(&block, static_cast<uint16_t>(kPrefixSize + fields.size()));
  PutFixed(&block, uint32_t{0});
  block.append(fields);
  const uint32_t crc = HeaderCrc(block);
  std::memcpy(block.data() + kHeaderCrcAt, &crc, sizeof(crc));
  block.append(values);
  return block;
}

void PutTimelineRef(std::string* out, TimelineRef timeline) {
  PutVarint(out, timeline.ordinal);
  PutVarint(out, timeline.offset);
}

bool GetVarint32(std::string_view* in, uint32_t* value) {
  uint64_t wide = 0;
  if (!GetVarint(in, &wide) || wide > 0xffffffff) return false;
  *value = static_cast<uint32_t>(wide);
  return true;
}

bool GetTimelineRef(std::string_view* in, TimelineRef* timeline) {
  return GetVarint32(in, &timeline->ordinal) && GetVarint32(in, &timeline->offset);
}

Status MalformedHeader() {
  return DataLoss("block: the header is malformed");
}

}  // namespace

std::string BuildBlock(std::span<const TimestampMs> times, std::span<const double> values,
                       TimelineRef timeline) {
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
  std::string fields;
  PutTimelineRef(&fields, timeline);
  PutVarint(&fields, values.size());
  PutSignedVarint(&fields, times.front());
  PutVarint(&fields, static_cast<uint64_t>(times.back()) - static_cast<uint64_t>(times.front()));
  PutFixed(&fields, Crc32c(encoded));
  PutFacts(ComputeFacts(values), &fields);
  fields.append(directory);
  return AssembleBlock(ValueKind::kFloat, fields, encoded);
}

StatusOr<std::string> RebindBlock(std::string_view block, TimelineRef timeline) {
  ASSIGN_OR_RETURN(const BlockView view, BlockView::Open(block));
  uint16_t header_size = 0;
  std::memcpy(&header_size, block.data() + kHeaderSizeAt, sizeof(header_size));
  std::string_view rest = block.substr(kPrefixSize, header_size - kPrefixSize);
  TimelineRef old;
  if (!GetTimelineRef(&rest, &old)) return MalformedHeader();
  std::string fields;
  PutTimelineRef(&fields, timeline);
  fields.append(rest);
  return AssembleBlock(view.kind(), fields, block.substr(header_size));
}

StatusOr<BlockView> BlockView::Open(std::string_view bytes, Verify verify) {
  return OpenImpl(bytes, /*verify_header=*/true, /*verify_values=*/verify == Verify::kAll);
}

StatusOr<BlockView> BlockView::FUZZING_ONLY_OpenUnverified(std::string_view bytes) {
  return OpenImpl(bytes, /*verify_header=*/false, /*verify_values=*/false);
}

StatusOr<BlockView> BlockView::OpenImpl(std::string_view bytes, bool verify_header,
                                        bool verify_values) {
  if (bytes.size() < kPrefixSize) {
    return DataLoss("block: {} bytes are too few for a header", bytes.size());
  }
  const auto version = static_cast<uint8_t>(bytes[0]);
  if (version != kVersion) {
    return DataLoss("block: version {} is not known (this program reads {})", version, kVersion);
  }
  uint16_t header_size = 0;
  uint32_t stored_crc = 0;
  std::memcpy(&header_size, bytes.data() + kHeaderSizeAt, sizeof(header_size));
  std::memcpy(&stored_crc, bytes.data() + kHeaderCrcAt, sizeof(stored_crc));
  if (header_size < kPrefixSize || header_size > bytes.size()) {
    return DataLoss("block: a header of {} bytes in a block of {}", header_size, bytes.size());
  }
  const std::string_view header = bytes.substr(0, header_size);
  if (verify_header && HeaderCrc(header) != stored_crc) {
    return DataLoss("block: the header's checksum is {:08x}, its bytes give {:08x}", stored_crc,
                    HeaderCrc(header));
  }
  const auto kind = static_cast<uint8_t>(bytes[1]);
  if (kind != static_cast<uint8_t>(ValueKind::kFloat)) {
    return DataLoss("block: values of kind {} are not known", kind);
  }
  BlockView view;
  view.bytes_ = bytes;
  view.values_ = bytes.substr(header_size);
  view.kind_ = static_cast<ValueKind>(kind);
  RETURN_IF_ERROR(view.ParseHeader(header.substr(kPrefixSize)));
  if (verify_values) RETURN_IF_ERROR(view.VerifyValues());
  return view;
}

Status BlockView::ParseHeader(std::string_view header) {
  uint64_t span = 0;
  if (!GetTimelineRef(&header, &timeline_) || !GetVarint32(&header, &rows_) ||
      !GetSignedVarint(&header, &time_range_.min_ms) || !GetVarint(&header, &span) ||
      !GetFixed(&header, &values_crc_)) {
    return MalformedHeader();
  }
  if (rows_ == 0 || rows_ > kMaxBlockSamples) {
    return DataLoss("block: {} rows, where 1 to {} are allowed", rows_, kMaxBlockSamples);
  }
  const auto last = static_cast<uint64_t>(time_range_.min_ms) + span;
  time_range_.max_ms = static_cast<TimestampMs>(last);
  // Rows ascend strictly, so they are at least a millisecond apart.
  if (time_range_.empty() || span < rows_ - 1) {
    return DataLoss("block: {} rows in a span of {} ms", rows_, span);
  }
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
  const uint32_t crc = Crc32c(values_);
  if (crc == values_crc_) return {};
  return DataLoss("block: the values' checksum is {:08x}, their bytes give {:08x}", values_crc_,
                  crc);
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

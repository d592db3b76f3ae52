#include "engine/block/block_frame.h"

#include "engine/base/check.h"
#include "engine/base/coding.h"
#include "engine/base/hash.h"

namespace silverback {
namespace {

constexpr uint8_t kVersion = 1;
// With start timestamps.
constexpr uint8_t kVersionWithStarts = 2;
// Version, kind, the header's size, its checksum.
constexpr size_t kPrefixSize = 8;
constexpr size_t kHeaderSizeAt = 2;
constexpr size_t kHeaderCrcAt = 4;
// The most that the fields before the facts take.
constexpr size_t kMaxFieldBytes = 64;

// The checksum of a header is of all its bytes but its own four.
uint32_t HeaderCrc(std::string_view header) {
  return Crc32c(header.substr(kPrefixSize), Crc32c(header.substr(0, kHeaderCrcAt)));
}

bool GetVarint32(std::string_view* in, uint32_t* value) {
  uint64_t wide = 0;
  if (!GetVarint(in, &wide) || wide > 0xffffffff) return false;
  *value = static_cast<uint32_t>(wide);
  return true;
}

Status ParseFields(std::string_view header, bool has_starts, BlockFrame* frame) {
  uint64_t span = 0;
  uint64_t starts_size = 0;
  if (!GetVarint32(&header, &frame->timeline.ordinal) ||
      !GetVarint32(&header, &frame->timeline.offset) || !GetVarint32(&header, &frame->rows) ||
      !GetSignedVarint(&header, &frame->time_range.min_ms) || !GetVarint(&header, &span) ||
      !GetFixed(&header, &frame->values_crc) || (has_starts && !GetVarint(&header, &starts_size))) {
    return DataLoss("block: the header is malformed");
  }
  if (starts_size > frame->values.size()) {
    return DataLoss("block: {} bytes of start timestamps, where {} follow the header", starts_size,
                    frame->values.size());
  }
  frame->starts = frame->values.substr(frame->values.size() - starts_size);
  frame->values.remove_suffix(starts_size);
  if (frame->rows == 0 || frame->rows > kMaxBlockSamples) {
    return DataLoss("block: {} rows, where 1 to {} are allowed", frame->rows, kMaxBlockSamples);
  }
  const auto last = static_cast<uint64_t>(frame->time_range.min_ms) + span;
  frame->time_range.max_ms = static_cast<TimestampMs>(last);
  // Rows ascend strictly, so they are at least a millisecond apart.
  if (frame->time_range.empty() || span < frame->rows - 1) {
    return DataLoss("block: {} rows in a span of {} ms", frame->rows, span);
  }
  frame->facts = header;
  return {};
}

}  // namespace

bool FitsBlockHeader(size_t facts_bytes) {
  return kPrefixSize + kMaxFieldBytes + facts_bytes <= size_t{0xffff};
}

StatusOr<BlockFrame> OpenBlockFrame(std::string_view bytes, bool verify) {
  if (bytes.size() < kPrefixSize) {
    return DataLoss("block: {} bytes are too few for a header", bytes.size());
  }
  const auto version = static_cast<uint8_t>(bytes[0]);
  if (version != kVersion && version != kVersionWithStarts) {
    return DataLoss("block: version {} is not known (this program reads {} and {})", version,
                    kVersion, kVersionWithStarts);
  }
  uint16_t header_size = 0;
  uint32_t stored_crc = 0;
  std::memcpy(&header_size, bytes.data() + kHeaderSizeAt, sizeof(header_size));
  std::memcpy(&stored_crc, bytes.data() + kHeaderCrcAt, sizeof(stored_crc));
  if (header_size < kPrefixSize || header_size > bytes.size()) {
    return DataLoss("block: a header of {} bytes in a block of {}", header_size, bytes.size());
  }
  const std::string_view header = bytes.substr(0, header_size);
  if (verify && HeaderCrc(header) != stored_crc) {
    return DataLoss("block: the header's checksum is {:08x}, its bytes give {:08x}", stored_crc,
                    HeaderCrc(header));
  }
  BlockFrame frame;
  frame.kind = PeekBlockKind(bytes);
  frame.values = bytes.substr(header_size);
  RETURN_IF_ERROR(ParseFields(header.substr(kPrefixSize), version == kVersionWithStarts, &frame));
  return frame;
}

Status VerifyBlockBody(std::string_view body, uint32_t values_crc) {
  const uint32_t crc = Crc32c(body);
  if (crc == values_crc) return {};
  return DataLoss("block: the values' checksum is {:08x}, their bytes give {:08x}", values_crc,
                  crc);
}

Status DecodeBlockStarts(std::string_view starts, const TimesView& times, StartColumn* out) {
  out->clear();
  if (starts.empty() || GetStarts(starts, times, out)) return {};
  out->clear();
  return DataLoss("block: the start timestamps are malformed");
}

std::string AssembleBlock(ValueKind kind, TimelineRef timeline, uint32_t rows, TimeRange time_range,
                          std::string_view facts, std::string_view values,
                          std::string_view starts) {
  std::string fields;
  PutVarint(&fields, timeline.ordinal);
  PutVarint(&fields, timeline.offset);
  PutVarint(&fields, rows);
  PutSignedVarint(&fields, time_range.min_ms);
  PutVarint(&fields,
            static_cast<uint64_t>(time_range.max_ms) - static_cast<uint64_t>(time_range.min_ms));
  PutFixed(&fields, Crc32c(starts, Crc32c(values)));
  if (!starts.empty()) PutVarint(&fields, starts.size());
  fields.append(facts);
  SB_CHECK_LE(kPrefixSize + fields.size(), size_t{0xffff});
  std::string block;
  block.reserve(kPrefixSize + fields.size() + values.size() + starts.size());
  PutFixed(&block, starts.empty() ? kVersion : kVersionWithStarts);
  PutFixed(&block, static_cast<uint8_t>(kind));
  PutFixed(&block, static_cast<uint16_t>(kPrefixSize + fields.size()));
  PutFixed(&block, uint32_t{0});
  block.append(fields);
  const uint32_t crc = HeaderCrc(block);
  std::memcpy(block.data() + kHeaderCrcAt, &crc, sizeof(crc));
  block.append(values);
  block.append(starts);
  return block;
}

StatusOr<std::string> RebindBlock(std::string_view block, TimelineRef timeline) {
  ASSIGN_OR_RETURN(const BlockFrame frame, OpenBlockFrame(block, /*verify=*/true));
  RETURN_IF_ERROR(VerifyBlockBody(frame.body(), frame.values_crc));
  if (!FitsBlockHeader(frame.facts.size())) return DataLoss("block: the facts are too long");
  return AssembleBlock(static_cast<ValueKind>(frame.kind), timeline, frame.rows, frame.time_range,
                       frame.facts, frame.values, frame.starts);
}

}  // namespace silverback

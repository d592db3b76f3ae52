#include "engine/store/part_rows.h"

#include "engine/base/coding.h"
#include "engine/base/hash.h"

namespace silverback {
namespace {

constexpr char kVersion = 1;
constexpr uint64_t kMaxInputs = 1 << 20;

void PutMeta(std::string* out, const PartMeta& meta) {
  PutSignedVarint(out, meta.partition);
  out->push_back(static_cast<char>(meta.kind));
  out->push_back(static_cast<char>(meta.state));
  PutSignedVarint(out, meta.time.min_ms);
  PutSignedVarint(out, meta.time.max_ms);
  PutVarint(out, meta.first_sequence);
  PutVarint(out, meta.last_sequence);
  PutVarint(out, meta.series);
  PutVarint(out, meta.samples);
  PutVarint(out, meta.blocks);
  PutVarint(out, meta.timelines);
  PutVarint(out, meta.bytes);
}

bool GetByte(std::string_view* in, uint8_t* byte) {
  return GetFixed(in, byte);
}

bool GetMeta(std::string_view* in, PartMeta* meta) {
  int64_t partition = 0;
  uint8_t kind = 0;
  uint8_t state = 0;
  if (!GetSignedVarint(in, &partition) || !GetByte(in, &kind) || !GetByte(in, &state) ||
      !GetSignedVarint(in, &meta->time.min_ms) || !GetSignedVarint(in, &meta->time.max_ms) ||
      !GetVarint(in, &meta->first_sequence) || !GetVarint(in, &meta->last_sequence) ||
      !GetVarint(in, &meta->series) || !GetVarint(in, &meta->samples) ||
      !GetVarint(in, &meta->blocks) || !GetVarint(in, &meta->timelines) ||
      !GetVarint(in, &meta->bytes)) {
    return false;
  }
  meta->partition = static_cast<Partition>(partition);
  meta->kind = static_cast<PartKind>(kind);
  meta->state = static_cast<PartState>(state);
  return meta->partition == partition &&
         (meta->kind == PartKind::kInOrder || meta->kind == PartKind::kLate) &&
         (meta->state == PartState::kLive || meta->state == PartState::kDead) &&
         meta->time.min_ms <= meta->time.max_ms && meta->first_sequence <= meta->last_sequence &&
         PartitionOf(meta->time.min_ms) == meta->partition &&
         PartitionOf(meta->time.max_ms) == meta->partition;
}

Status CheckVersion(std::string_view* in, PartId id, std::string_view what) {
  uint8_t version = 0;
  if (!GetByte(in, &version)) return DataLoss("{} of part {} is empty", what, id);
  if (version != kVersion) {
    return DataLoss("{} of part {} has version {}, this build reads {}", what, id, version,
                    int{kVersion});
  }
  return absl::OkStatus();
}

bool GetInputs(std::string_view* in, PartHeader* header) {
  uint64_t inputs = 0;
  // Each input takes at least a byte, so a damaged count cannot make us allocate.
  if (!GetVarint(in, &inputs) || inputs > kMaxInputs || inputs > in->size()) return false;
  header->inputs.resize(inputs);
  for (PartId& input : header->inputs) {
    if (!GetVarint(in, &input)) return false;
  }
  return true;
}

}  // namespace

std::string EncodePartMeta(const PartMeta& meta) {
  std::string out(1, kVersion);
  PutMeta(&out, meta);
  return out;
}

StatusOr<PartMeta> DecodePartMeta(PartId id, std::string_view bytes) {
  RETURN_IF_ERROR(CheckVersion(&bytes, id, "the catalog row"));
  PartMeta meta;
  meta.id = id;
  if (!GetMeta(&bytes, &meta) || !bytes.empty()) {
    return DataLoss("the catalog row of part {} is malformed", id);
  }
  return meta;
}

std::string EncodePartHeader(const PartHeader& header) {
  std::string out(1, kVersion);
  PutMeta(&out, header.meta);
  PutVarint(&out, header.inputs.size());
  for (PartId input : header.inputs) PutVarint(&out, input);
  PutFixed(&out, header.blocks_crc);
  PutFixed(&out, header.timelines_crc);
  PutFixed(&out, Crc32c(out));
  return out;
}

StatusOr<PartHeader> DecodePartHeader(PartId id, std::string_view bytes) {
  std::string_view in = bytes;
  RETURN_IF_ERROR(CheckVersion(&in, id, "the header"));
  PartHeader header;
  header.meta.id = id;
  uint32_t crc = 0;
  if (!GetMeta(&in, &header.meta) || !GetInputs(&in, &header) ||
      !GetFixed(&in, &header.blocks_crc) || !GetFixed(&in, &header.timelines_crc) ||
      !GetFixed(&in, &crc) || !in.empty()) {
    return DataLoss("the header of part {} is malformed", id);
  }
  if (crc != Crc32c(bytes.substr(0, bytes.size() - sizeof crc))) {
    return DataLoss("the header of part {} has a wrong checksum", id);
  }
  return header;
}

}  // namespace silverback

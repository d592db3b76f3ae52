#include "engine/log/format.h"

#include <charconv>
#include <cstring>
#include <fmt/format.h>

#include "engine/base/coding.h"
#include "engine/base/hash.h"
#include "engine/log/log.h"

namespace silverback::log {

namespace {

constexpr std::string_view kSegmentMagic = "SBLOGSEG";
constexpr std::string_view kSegmentSuffix = ".wal";
constexpr std::string_view kIdleSuffix = ".idle";
constexpr size_t kNumberDigits = 16;
constexpr size_t kSaltDigits = 8;

template <typename T>
bool ParseDigits(std::string_view digits, int base, T* value) {
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), *value, base);
  return result.ec == std::errc() && result.ptr == digits.data() + digits.size();
}

}  // namespace

std::string FormatSegmentName(const SegmentName& name) {
  return fmt::format("{:016}-{:08x}{}", name.number, name.salt, kSegmentSuffix);
}

std::optional<SegmentName> ParseSegmentName(std::string_view name) {
  SegmentName parsed;
  if (name.size() != kNumberDigits + 1 + kSaltDigits + kSegmentSuffix.size() ||
      !ParseDigits(name.substr(0, kNumberDigits), 10, &parsed.number) ||
      !ParseDigits(name.substr(kNumberDigits + 1, kSaltDigits), 16, &parsed.salt) ||
      FormatSegmentName(parsed) != name) {
    return std::nullopt;
  }
  return parsed;
}

std::string FormatIdleName(const SegmentName& name) {
  std::string out = FormatSegmentName(name);
  out.replace(out.size() - kSegmentSuffix.size(), kSegmentSuffix.size(), kIdleSuffix);
  return out;
}

bool IsIdleName(std::string_view name) {
  if (!name.ends_with(kIdleSuffix)) return false;
  name.remove_suffix(kIdleSuffix.size());
  return ParseSegmentName(fmt::format("{}{}", name, kSegmentSuffix)).has_value();
}

std::string EncodeSegmentHeader(const SegmentHeader& header) {
  std::string out(kSegmentMagic);
  PutFixed(&out, header.version);
  PutFixed(&out, header.salt);
  PutFixed(&out, header.number);
  PutFixed(&out, header.previous_sequence);
  PutFixed(&out, header.first_sequence);
  PutFixed(&out, uint32_t{0});
  PutFixed(&out, Crc32c(out));
  return out;
}

std::optional<SegmentHeader> DecodeSegmentHeader(std::string_view bytes) {
  if (bytes.size() < kSegmentHeaderBytes || !bytes.starts_with(kSegmentMagic)) return std::nullopt;
  bytes = bytes.substr(0, kSegmentHeaderBytes);
  const uint32_t actual_crc = Crc32c(bytes.substr(0, kSegmentHeaderBytes - sizeof(uint32_t)));
  bytes.remove_prefix(kSegmentMagic.size());
  SegmentHeader header;
  uint32_t reserved = 0;
  uint32_t crc = 0;
  const bool complete = GetFixed(&bytes, &header.version) && GetFixed(&bytes, &header.salt) &&
                        GetFixed(&bytes, &header.number) &&
                        GetFixed(&bytes, &header.previous_sequence) &&
                        GetFixed(&bytes, &header.first_sequence) && GetFixed(&bytes, &reserved) &&
                        GetFixed(&bytes, &crc);
  if (!complete || crc != actual_crc) return std::nullopt;
  return header;
}

void EncodeRecordHeader(const RecordHeader& header, uint32_t salt, char* out) {
  const std::string_view bytes(out, kRecordHeaderBytes - sizeof(uint32_t));
  const auto put = [&out](const void* field, size_t size) {
    std::memcpy(out, field, size);
    out += size;
  };
  put(kRecordMagic.data(), kRecordMagic.size());
  put(&header.payload_bytes, sizeof(header.payload_bytes));
  put(&header.sequence, sizeof(header.sequence));
  put(&header.payload_crc, sizeof(header.payload_crc));
  const uint32_t crc = Crc32c(bytes, salt);
  put(&crc, sizeof(crc));
}

void AppendRecordHeader(const RecordHeader& header, uint32_t salt, std::string* out) {
  out->resize(out->size() + kRecordHeaderBytes);
  EncodeRecordHeader(header, salt, out->data() + out->size() - kRecordHeaderBytes);
}

std::optional<RecordHeader> DecodeRecordHeader(std::string_view bytes, uint32_t salt) {
  if (bytes.size() < kRecordHeaderBytes || !bytes.starts_with(kRecordMagic)) return std::nullopt;
  const uint32_t actual_crc = Crc32c(bytes.substr(0, kRecordHeaderBytes - sizeof(uint32_t)), salt);
  bytes.remove_prefix(kRecordMagic.size());
  RecordHeader header;
  uint32_t crc = 0;
  const bool complete = GetFixed(&bytes, &header.payload_bytes) &&
                        GetFixed(&bytes, &header.sequence) &&
                        GetFixed(&bytes, &header.payload_crc) && GetFixed(&bytes, &crc);
  if (!complete || crc != actual_crc) return std::nullopt;
  if (header.payload_bytes > kMaxLogPayloadBytes) return std::nullopt;
  return header;
}

}  // namespace silverback::log

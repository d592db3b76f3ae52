#include "remote_write/wire/sample_run.h"

#include <bit>
#include <cstdint>
#include <cstring>

namespace silverback::wire {
namespace {

static_assert(std::endian::native == std::endian::little);

// Tags and lengths as the bytes of a little-endian number.
constexpr uint64_t kValueHead = 0x091012;      // field 2, 16 bytes: a fixed64 in field 1, ...
constexpr uint64_t kTimestampTag = 0x10;       // ... a varint in field 2
constexpr uint64_t kTimestampHead = 0x100712;  // field 2, 7 bytes: a varint in field 2

constexpr size_t kWithValueBytes = 18;
constexpr size_t kTimestampOnlyBytes = 9;

uint64_t Load(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

/// Whether the lowest 48 bits are a varint of six bytes, no more and no less.
bool IsSixByteVarint(uint64_t bits) {
  return (bits & 0x808080808080) == 0x008080808080;
}

/// Its value: the lowest seven bits of each byte, together.
uint64_t SixByteVarint(uint64_t bits) {
  const uint64_t pairs = (bits & 0x007f007f007f) | (bits & 0x7f007f007f00) >> 1;
  return (pairs & 0x3fff) | (pairs >> 16 & 0x3fff) << 14 | (pairs >> 32 & 0x3fff) << 28;
}

/// The bytes of the sample field at the front of `in`, decoded; 0 if it is of neither shape.
size_t TakeOne(std::string_view in, Sample* sample) {
  if (in.size() < kTimestampOnlyBytes) return 0;
  const uint64_t head = Load(in.data());
  if ((head & 0xffffff) == kValueHead && in.size() >= kWithValueBytes) {
    const uint64_t timestamp = Load(in.data() + 10);
    if ((timestamp >> 8 & 0xff) != kTimestampTag || !IsSixByteVarint(timestamp >> 16)) return 0;
    sample->value = std::bit_cast<double>(Load(in.data() + 3));
    sample->timestamp_ms = static_cast<TimestampMs>(SixByteVarint(timestamp >> 16));
    return kWithValueBytes;
  }
  const uint64_t timestamp = Load(in.data() + 1) >> 16;
  if ((head & 0xffffff) != kTimestampHead || !IsSixByteVarint(timestamp)) return 0;
  sample->value = 0;
  sample->timestamp_ms = static_cast<TimestampMs>(SixByteVarint(timestamp));
  return kTimestampOnlyBytes;
}

}  // namespace

size_t TakeSampleRun(std::string_view* fields, size_t limit, std::vector<Sample>* samples) {
  std::string_view rest = *fields;
  Sample sample;
  size_t taken = 0;
  for (; taken < limit; ++taken) {
    const size_t bytes = TakeOne(rest, &sample);
    if (bytes == 0) break;
    rest.remove_prefix(bytes);
    samples->push_back(sample);
  }
  *fields = rest;
  return taken;
}

}  // namespace silverback::wire

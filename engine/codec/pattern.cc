#include "engine/codec/pattern.h"

#include <algorithm>
#include <array>
#include <bit>

#include "engine/base/coding.h"
#include "engine/base/value.h"
#include "engine/codec/integers.h"

namespace silverback::codec {
namespace {

struct Header {
  uint32_t shift = 0;
  uint64_t offset = 0;
  IntegerColumn integers;
};

bool ParsePattern(std::string_view bytes, uint32_t count, Header* header) {
  uint8_t shift = 0;
  if (!GetFixed(&bytes, &shift) || shift > 63 || !GetFixed(&bytes, &header->offset)) return false;
  header->shift = shift;
  return header->integers.Parse(bytes, count);
}

}  // namespace

bool EncodePattern(std::span<const double> values, std::string* out) {
  uint64_t offset = BitsOf(values[0]);
  for (const double value : values) offset = std::min(offset, BitsOf(value));
  uint64_t used = 0;
  for (const double value : values) used |= BitsOf(value) - offset;
  const uint32_t shift = used == 0 ? 0 : static_cast<uint32_t>(std::countr_zero(used));
  std::array<uint64_t, kMaxColumnValues> integers;
  for (size_t i = 0; i < values.size(); ++i) integers[i] = (BitsOf(values[i]) - offset) >> shift;
  PutFixed(out, static_cast<uint8_t>(shift));
  PutFixed(out, offset);
  EncodeIntegers({integers.data(), values.size()}, out);
  return true;
}

bool DecodePattern(std::string_view bytes, uint32_t count, uint32_t begin, uint32_t end,
                   double* out) {
  Header header;
  if (!ParsePattern(bytes, count, &header)) return false;
  const Kernels& kernels = ActiveKernels();
  std::array<uint64_t, kChunkValues> integers;
  while (begin < end) {
    const uint32_t chunk = begin / kChunkValues;
    const uint32_t first = begin % kChunkValues;
    const uint32_t last = std::min(end - chunk * kChunkValues, kChunkValues);
    header.integers.DecodeChunk(chunk, first, last, kernels, integers.data());
    for (uint32_t i = first; i < last; ++i) {
      *out++ = ValueOf((integers[i] << header.shift) + header.offset);
    }
    begin += last - first;
  }
  return true;
}

bool PatternValueAt(std::string_view bytes, uint32_t count, uint32_t index, double* out) {
  Header header;
  if (!ParsePattern(bytes, count, &header)) return false;
  *out = ValueOf((header.integers.At(index) << header.shift) + header.offset);
  return true;
}

}  // namespace silverback::codec

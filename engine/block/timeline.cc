#include "engine/block/timeline.h"

#include <algorithm>
#include <array>

#include "engine/base/check.h"
#include "engine/base/coding.h"
#include "engine/codec/integers.h"

namespace silverback {
namespace {

using codec::kMaxColumnValues;

constexpr uint8_t kVersion = 1;
// Version and checksum.
constexpr size_t kPrefixSize = 5;
constexpr size_t kCrcAt = 1;
// What 1,024 rows take at the least: a size, and a column of width 0.
constexpr size_t kMinColumnSize = 4;

uint32_t TimelineCrc(std::string_view bytes) {
  return Crc32c(bytes.substr(kPrefixSize), Crc32c(bytes.substr(0, kCrcAt)));
}

// The distance between rows that half of a sample of them keep.
uint64_t IntervalOf(std::span<const TimestampMs> times) {
  if (times.size() < 2) return 0;
  constexpr size_t kSampleSize = 1024;
  const size_t deltas = times.size() - 1;
  const size_t size = std::min(deltas, kSampleSize);
  std::vector<uint64_t> sample(size);
  for (size_t i = 0; i < size; ++i) {
    const size_t at = i * deltas / size;
    sample[i] = static_cast<uint64_t>(times[at + 1]) - static_cast<uint64_t>(times[at]);
  }
  const auto middle = sample.begin() + static_cast<ptrdiff_t>(size / 2);
  std::nth_element(sample.begin(), middle, sample.end());
  return *middle;
}

struct Header {
  uint32_t rows = 0;
  uint64_t first = 0;
  uint64_t span = 0;
  uint64_t interval = 0;
};

Status ParseHeader(std::string_view* in, Header* header) {
  if (in->size() < kPrefixSize) {
    return DataLoss("timeline: {} bytes are too few for a header", in->size());
  }
  const auto version = static_cast<uint8_t>(in->front());
  if (version != kVersion) {
    return DataLoss("timeline: version {} is not known (this program reads {})", version, kVersion);
  }
  in->remove_prefix(kPrefixSize);
  uint64_t rows = 0;
  int64_t first = 0;
  if (!GetVarint(in, &rows) || !GetSignedVarint(in, &first) || !GetVarint(in, &header->span) ||
      !GetVarint(in, &header->interval)) {
    return DataLoss("timeline: the header is malformed");
  }
  if (rows == 0 || rows > kMaxTimelineRows) {
    return DataLoss("timeline: {} rows, where 1 to {} are allowed", rows, kMaxTimelineRows);
  }
  header->rows = static_cast<uint32_t>(rows);
  header->first = static_cast<uint64_t>(first);
  return {};
}

Status DecodeRows(std::string_view in, const Header& header, std::vector<TimestampMs>* times) {
  const uint32_t columns = (header.rows + kMaxColumnValues - 1) / kMaxColumnValues;
  if (in.size() < columns * kMinColumnSize) {
    return DataLoss("timeline: {} bytes are too few for {} rows", in.size(), header.rows);
  }
  times->resize(header.rows);
  const codec::Kernels& kernels = codec::ActiveKernels();
  for (uint32_t begin = 0; begin < header.rows; begin += kMaxColumnValues) {
    const uint32_t size = std::min(kMaxColumnValues, header.rows - begin);
    std::string_view bytes;
    codec::IntegerColumn column;
    if (!GetLengthPrefixed(&in, &bytes) || !column.Parse(bytes, size)) {
      return DataLoss("timeline: rows {} to {} are malformed", begin, begin + size - 1);
    }
    std::array<uint64_t, codec::kChunkValues> off;
    for (uint32_t row = 0; row < size; row += codec::kChunkValues) {
      const uint32_t chunk = row / codec::kChunkValues;
      column.DecodeChunk(chunk, 0, column.ChunkSize(chunk), kernels, off.data());
      for (uint32_t i = 0; i < column.ChunkSize(chunk); ++i) {
        const uint64_t at = uint64_t{begin} + row + i;
        (*times)[at] = static_cast<TimestampMs>(header.first + at * header.interval + off[i]);
      }
    }
  }
  if (!in.empty()) return DataLoss("timeline: {} bytes follow the last row", in.size());
  return {};
}

Status CheckRows(const Header& header, std::span<const TimestampMs> times) {
  for (size_t i = 1; i < times.size(); ++i) {
    if (times[i - 1] >= times[i])
      return DataLoss("timeline: row {} is not after the one before", i);
  }
  const uint64_t last = header.first + header.span;
  if (static_cast<uint64_t>(times.front()) != header.first ||
      static_cast<uint64_t>(times.back()) != last) {
    return DataLoss("timeline: the rows are not those that the header announces");
  }
  return {};
}

}  // namespace

std::string EncodeTimeline(std::span<const TimestampMs> times) {
  SB_CHECK_LE(size_t{1}, times.size());
  SB_CHECK_LE(times.size(), size_t{kMaxTimelineRows});
  const auto first = static_cast<uint64_t>(times.front());
  const uint64_t interval = IntervalOf(times);
  std::string out;
  PutFixed(&out, kVersion);
  PutFixed(&out, uint32_t{0});
  PutVarint(&out, times.size());
  PutSignedVarint(&out, times.front());
  PutVarint(&out, static_cast<uint64_t>(times.back()) - first);
  PutVarint(&out, interval);
  std::array<uint64_t, kMaxColumnValues> off;
  std::string column;
  for (size_t begin = 0; begin < times.size(); begin += kMaxColumnValues) {
    const size_t size = std::min<size_t>(kMaxColumnValues, times.size() - begin);
    for (size_t i = 0; i < size; ++i) {
      off[i] = static_cast<uint64_t>(times[begin + i]) - first - (begin + i) * interval;
    }
    column.clear();
    codec::EncodeIntegers({off.data(), size}, &column);
    PutLengthPrefixed(&out, column);
  }
  const uint32_t crc = TimelineCrc(out);
  std::memcpy(out.data() + kCrcAt, &crc, sizeof(crc));
  return out;
}

Status DecodeTimeline(std::string_view bytes, std::vector<TimestampMs>* times) {
  if (bytes.size() >= kPrefixSize && static_cast<uint8_t>(bytes.front()) == kVersion) {
    uint32_t stored = 0;
    std::memcpy(&stored, bytes.data() + kCrcAt, sizeof(stored));
    if (const uint32_t crc = TimelineCrc(bytes); crc != stored) {
      return DataLoss("timeline: the checksum is {:08x}, the bytes give {:08x}", stored, crc);
    }
  }
  return FUZZING_ONLY_DecodeTimelineUnverified(bytes, times);
}

Status FUZZING_ONLY_DecodeTimelineUnverified(std::string_view bytes,
                                             std::vector<TimestampMs>* times) {
  times->clear();
  Header header;
  RETURN_IF_ERROR(ParseHeader(&bytes, &header));
  RETURN_IF_ERROR(DecodeRows(bytes, header, times));
  return CheckRows(header, *times);
}

StatusOr<TimelineInfo> InspectTimeline(std::string_view bytes) {
  Header header;
  RETURN_IF_ERROR(ParseHeader(&bytes, &header));
  return TimelineInfo{header.rows,
                      {static_cast<TimestampMs>(header.first),
                       static_cast<TimestampMs>(header.first + header.span)},
                      header.interval};
}

Hash128Value HashTimeline(std::span<const TimestampMs> times) {
  return Hash128({reinterpret_cast<const char*>(times.data()), times.size_bytes()});
}

}  // namespace silverback

#include "engine/codec/gorilla_chunk.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/value.h"
#include "engine/codec/bits.h"

namespace silverback {
namespace {

using codec::LowMask;

// The ranges of delta-of-delta: a prefix of ones closed by a zero (but for the last), then the
// bits.
struct DeltaCode {
  uint32_t prefix;
  uint32_t prefix_width;
  uint32_t bits;
};
constexpr DeltaCode kDeltaCodes[] = {
    {0b0, 1, 0}, {0b01, 2, 7}, {0b011, 3, 14}, {0b0111, 4, 24}, {0b1111, 4, 64}};

bool FitsSigned(uint64_t value, uint32_t bits) {
  if (bits == 64) return true;
  if (bits == 0) return value == 0;
  const uint64_t half = uint64_t{1} << (bits - 1);
  return value + half < 2 * half;
}

uint64_t SignExtend(uint64_t value, uint32_t bits) {
  if (bits == 0) return 0;
  const uint32_t shift = 64 - bits;
  return static_cast<uint64_t>(static_cast<int64_t>(value << shift) >> shift);
}

// Bits at the end of the buffer that PutBits may touch beyond what it writes.
constexpr uint64_t kSlackBytes = 9;

}  // namespace

void GorillaChunk::Swap(GorillaChunk& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(last_timestamp_, other.last_timestamp_);
  std::swap(last_delta_, other.last_delta_);
  std::swap(value_, other.value_);
  std::swap(bit_count_, other.bit_count_);
  std::swap(capacity_, other.capacity_);
  std::swap(count_, other.count_);
}

TimestampMs GorillaChunk::first_timestamp_ms() const {
  SB_DCHECK(!empty());
  return static_cast<TimestampMs>(codec::Load64(reinterpret_cast<const char*>(data_)));
}

double GorillaChunk::last_value() const {
  return ValueOf(value_.bits);
}

// Grows by a quarter, so that a million chunks waste little.
void GorillaChunk::Grow(uint64_t bytes) {
  const uint64_t wanted = std::max<uint64_t>(bytes, capacity_ + std::max(16u, capacity_ / 4));
  const uint64_t rounded = (wanted + 15) / 16 * 16;
  SB_CHECK_LE(rounded, uint64_t{0xffffffff});
  void* grown = std::realloc(data_, rounded);
  if (grown == nullptr) throw std::bad_alloc();
  data_ = static_cast<uint8_t*>(grown);
  capacity_ = static_cast<uint32_t>(rounded);
}

void GorillaChunk::PutBits(uint64_t bits, uint32_t width) {
  const uint64_t first = bit_count_ >> 3;
  if (first + kSlackBytes > capacity_) Grow(first + kSlackBytes);
  const uint32_t shift = static_cast<uint32_t>(bit_count_ & 7);
  const uint64_t kept = shift == 0 ? 0 : data_[first] & LowMask(shift);
  const uint64_t word = kept | bits << shift;
  std::memcpy(data_ + first, &word, sizeof(word));
  data_[first + 8] = static_cast<uint8_t>((bits >> 1) >> (63 - shift));
  bit_count_ += width;
}

void GorillaChunk::PutTimestamp(TimestampMs timestamp_ms) {
  const uint64_t delta =
      static_cast<uint64_t>(timestamp_ms) - static_cast<uint64_t>(last_timestamp_);
  const uint64_t change = delta - last_delta_;
  for (const DeltaCode& code : kDeltaCodes) {
    if (!FitsSigned(change, code.bits)) continue;
    if (code.bits == 64) {
      PutBits(code.prefix, code.prefix_width);
      PutBits(change, 64);
    } else {
      PutBits(code.prefix | (change & LowMask(code.bits)) << code.prefix_width,
              code.prefix_width + code.bits);
    }
    break;
  }
  last_delta_ = delta;
}

void GorillaChunk::Append(TimestampMs timestamp_ms, double value) {
  const uint64_t bits = BitsOf(value);
  if (count_ == 0) {
    PutBits(static_cast<uint64_t>(timestamp_ms), 64);
    PutBits(bits, 64);
    value_.bits = bits;
  } else {
    PutTimestamp(timestamp_ms);
    codec::PutXor(bits, &value_, [&](uint64_t code, uint32_t width) { PutBits(code, width); });
  }
  last_timestamp_ = timestamp_ms;
  ++count_;
}

GorillaReader::GorillaReader(std::string_view bytes, uint32_t count)
    : source_(bytes), remaining_(count) {}

// `word`: the bits at the position.
void GorillaReader::ReadTimestamp(uint64_t word) {
  const DeltaCode& code = kDeltaCodes[std::countr_one(word & 15)];
  const uint64_t change = code.bits == 64 ? source_.Get(position_ + code.prefix_width, 64)
                                          : word >> code.prefix_width & LowMask(code.bits);
  position_ += code.prefix_width + code.bits;
  delta_ += SignExtend(change, code.bits);
}

bool GorillaReader::Next(Sample* sample) {
  if (remaining_ == 0) return false;
  if (first_) {
    first_ = false;
    timestamp_ = static_cast<TimestampMs>(source_.Get(0, 64));
    value_.bits = source_.Get(64, 64);
    position_ = 128;
  } else {
    const uint64_t word = source_.Peek(position_);
    if ((word & 1) == 0) {
      // The fast path: on time.
      ++position_;
    } else {
      ReadTimestamp(word);
    }
    timestamp_ = static_cast<TimestampMs>(static_cast<uint64_t>(timestamp_) + delta_);
    codec::GetXor(source_, source_.Peek(position_), &position_, &value_);
  }
  if (position_ > source_.size_bits()) [[unlikely]] {
    truncated_ = true;
    remaining_ = 0;
    return false;
  }
  --remaining_;
  *sample = {timestamp_, ValueOf(value_.bits)};
  return true;
}

uint32_t GorillaReader::ReadAll(TimestampMs* times, double* values) {
  uint32_t read = 0;
  for (Sample sample; Next(&sample); ++read) {
    times[read] = sample.timestamp_ms;
    values[read] = sample.value;
  }
  return read;
}

}  // namespace silverback

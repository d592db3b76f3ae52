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

// A `11` costs 12 bits more than a `10`: worth it once the old window wastes more than that.
constexpr uint32_t kWindowCostBits = 12;

// Bits at the end of the buffer that PutBits may touch beyond what it writes.
constexpr uint64_t kSlackBytes = 9;

}  // namespace

void GorillaChunk::Swap(GorillaChunk& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(last_timestamp_, other.last_timestamp_);
  std::swap(last_delta_, other.last_delta_);
  std::swap(last_bits_, other.last_bits_);
  std::swap(bit_count_, other.bit_count_);
  std::swap(capacity_, other.capacity_);
  std::swap(count_, other.count_);
  std::swap(leading_, other.leading_);
  std::swap(significant_, other.significant_);
}

TimestampMs GorillaChunk::first_timestamp_ms() const {
  SB_DCHECK(!empty());
  return static_cast<TimestampMs>(codec::Load64(reinterpret_cast<const char*>(data_)));
}

double GorillaChunk::last_value() const {
  return ValueOf(last_bits_);
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

void GorillaChunk::PutValue(uint64_t bits) {
  const uint64_t change = bits ^ last_bits_;
  if (change == 0) {
    PutBits(0, 1);
    return;
  }
  const uint32_t leading = static_cast<uint32_t>(std::countl_zero(change));
  const uint32_t trailing = static_cast<uint32_t>(std::countr_zero(change));
  const uint32_t significant = 64 - leading - trailing;
  const uint32_t old_trailing = 64u - leading_ - significant_;
  const bool fits = significant_ != 0 && leading >= leading_ && trailing >= old_trailing;
  if (fits && significant_ <= significant + kWindowCostBits) {
    PutBits(0b01, 2);
    PutBits(change >> old_trailing, significant_);
    return;
  }
  leading_ = static_cast<uint8_t>(leading);
  significant_ = static_cast<uint8_t>(significant);
  PutBits(0b11 | leading << 2 | (significant - 1) << 8, 14);
  PutBits(change >> trailing, significant);
}

void GorillaChunk::Append(TimestampMs timestamp_ms, double value) {
  const uint64_t bits = BitsOf(value);
  if (count_ == 0) {
    PutBits(static_cast<uint64_t>(timestamp_ms), 64);
    PutBits(bits, 64);
  } else {
    PutTimestamp(timestamp_ms);
    PutValue(bits);
  }
  last_timestamp_ = timestamp_ms;
  last_bits_ = bits;
  ++count_;
}

GorillaReader::GorillaReader(std::string_view bytes, uint32_t count)
    : bytes_(bytes), bit_count_(bytes.size() * 8), remaining_(count) {}

uint64_t GorillaReader::GetBits(uint32_t width) {
  const uint64_t bits = codec::LoadBits(bytes_, position_, width);
  position_ += width;
  return bits;
}

void GorillaReader::ReadTimestamp() {
  const uint64_t prefix = codec::LoadBits(bytes_, position_, 4);
  const DeltaCode& code = kDeltaCodes[std::countr_one(prefix)];
  position_ += code.prefix_width;
  delta_ += SignExtend(GetBits(code.bits), code.bits);
  timestamp_ = static_cast<TimestampMs>(static_cast<uint64_t>(timestamp_) + delta_);
}

bool GorillaReader::ReadValue() {
  const uint64_t control = codec::LoadBits(bytes_, position_, 14);
  if ((control & 1) == 0) {
    position_ += 1;
    return true;
  }
  if ((control & 2) == 0) {
    position_ += 2;
  } else {
    leading_ = static_cast<uint8_t>(control >> 2 & 63);
    significant_ = static_cast<uint8_t>((control >> 8) + 1);
    position_ += 14;
  }
  if (significant_ == 0 || leading_ + significant_ > 64) return false;
  value_bits_ ^= GetBits(significant_) << (64 - leading_ - significant_);
  return true;
}

bool GorillaReader::Next(Sample* sample) {
  if (remaining_ == 0) return false;
  bool valid = true;
  if (first_) {
    first_ = false;
    timestamp_ = static_cast<TimestampMs>(GetBits(64));
    value_bits_ = GetBits(64);
  } else {
    ReadTimestamp();
    valid = ReadValue();
  }
  if (!valid || position_ > bit_count_) {
    truncated_ = true;
    remaining_ = 0;
    return false;
  }
  --remaining_;
  *sample = {timestamp_, ValueOf(value_bits_)};
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

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

/// Encodes how much a delta differs from the one before it.
template <typename Put>
void PutChange(uint64_t change, Put&& put) {
  if (change == 0) [[likely]] {
    put(uint64_t{0}, 1u);
    return;
  }
  for (const DeltaCode& code : kDeltaCodes) {
    if (!FitsSigned(change, code.bits)) continue;
    if (code.bits == 64) {
      put(uint64_t{code.prefix}, code.prefix_width);
      put(change, 64u);
    } else {
      put(code.prefix | (change & LowMask(code.bits)) << code.prefix_width,
          code.prefix_width + code.bits);
    }
    break;
  }
}

uint64_t SignExtend(uint64_t value, uint32_t bits) {
  if (bits == 0) return 0;
  const uint32_t shift = 64 - bits;
  return static_cast<uint64_t>(static_cast<int64_t>(value << shift) >> shift);
}

}  // namespace

void GorillaChunk::Swap(GorillaChunk& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(last_timestamp_, other.last_timestamp_);
  std::swap(last_delta_, other.last_delta_);
  std::swap(last_bits_, other.last_bits_);
  std::swap(trailing_, other.trailing_);
  std::swap(significant_, other.significant_);
  std::swap(bit_count_, other.bit_count_);
  std::swap(capacity_, other.capacity_);
  std::swap(count_, other.count_);
}

TimestampMs GorillaChunk::first_timestamp_ms() const {
  SB_DCHECK(!empty());
  return static_cast<TimestampMs>(codec::Load64(reinterpret_cast<const char*>(data_)));
}

void GorillaChunk::SetLast(TimestampMs timestamp_ms, uint64_t bits) {
  SB_DCHECK(empty());
  last_timestamp_ = timestamp_ms;
  last_bits_ = bits;
}

// Grows by a quarter, so that a million chunks waste little.
void GorillaChunk::Grow(uint64_t bytes) {
  const uint64_t wanted = std::max<uint64_t>(bytes, capacity_ + std::max(16u, capacity_ / 4));
  const uint64_t rounded = (wanted + 15) / 16 * 16;
  SB_CHECK_LE(rounded, uint64_t{1} << 29);  // or bit_count_ would overflow
  void* grown = std::realloc(data_, rounded);
  if (grown == nullptr) throw std::bad_alloc();
  data_ = static_cast<uint8_t*>(grown);
  capacity_ = static_cast<uint32_t>(rounded);
}

/// Writes codes behind the bits of a chunk. Until `Finish` the last of them, fewer than 64, are in a register alone: through
/// memory each code would wait for the one before it.
class GorillaChunk::BitAppender {
 public:
  explicit BitAppender(GorillaChunk* chunk)
      : chunk_(chunk),
        at_(chunk->bit_count_ / 8),
        filled_(static_cast<uint32_t>(chunk->bit_count_ % 8)),
        pending_(filled_ == 0 ? 0 : chunk->data_[at_]) {}

  /// The bits of `bits` above the lowest `width` (0 to 64) must be 0.
  void Put(uint64_t bits, uint32_t width) {
    pending_ |= bits << filled_;
    const uint32_t filled = filled_ + width;
    if (filled >= 64) {
      Store(sizeof(pending_));
      at_ += sizeof(pending_);
      pending_ = filled_ == 0 ? 0 : bits >> (64 - filled_);
    }
    filled_ = filled % 64;
  }

  void Finish() {
    Store((filled_ + 7) / 8);
    chunk_->bit_count_ = static_cast<uint32_t>(at_ * 8 + filled_);
  }

 private:
  void Store(size_t bytes) {
    if (at_ + bytes > chunk_->capacity_) chunk_->Grow(at_ + bytes);
    if (at_ + sizeof(pending_) <= chunk_->capacity_) [[likely]] {
      std::memcpy(chunk_->data_ + at_, &pending_, sizeof(pending_));
    } else {
      std::memcpy(chunk_->data_ + at_, &pending_, bytes);
    }
  }

  GorillaChunk* chunk_;
  uint64_t at_;  // where the register's bits belong
  uint32_t filled_;
  uint64_t pending_;
};

void GorillaChunk::Append(std::span<const Sample> samples) {
  if (samples.empty()) return;
  BitAppender bits(this);
  const auto put = [&bits](uint64_t code, uint32_t width) { bits.Put(code, width); };
  codec::XorState value{last_bits_, trailing_, significant_};
  auto timestamp = static_cast<uint64_t>(last_timestamp_);
  uint64_t delta = last_delta_;
  size_t i = 0;
  if (empty()) {
    timestamp = static_cast<uint64_t>(samples[0].timestamp_ms);
    value.bits = BitsOf(samples[0].value);
    put(timestamp, 64);
    put(value.bits, 64);
    i = 1;
  }
  for (; i < samples.size(); ++i) {
    const uint64_t next = static_cast<uint64_t>(samples[i].timestamp_ms) - timestamp;
    PutChange(next - delta, put);
    delta = next;
    timestamp += next;
    codec::PutXor(BitsOf(samples[i].value), &value, put);
  }
  bits.Finish();
  last_bits_ = value.bits;
  trailing_ = value.trailing;
  significant_ = value.significant;
  last_timestamp_ = static_cast<TimestampMs>(timestamp);
  last_delta_ = delta;
  count_ += static_cast<uint32_t>(samples.size());
}

GorillaReader::GorillaReader(std::string_view bytes, uint32_t count)
    : source_(bytes), remaining_(count) {}

// `word`: the bits at the position.
[[gnu::always_inline]] inline void GorillaReader::ReadTimestamp(uint64_t word) {
  const DeltaCode& code = kDeltaCodes[std::countr_one(word & 15)];
  const uint64_t change = code.bits == 64 ? source_.Get(position_ + code.prefix_width, 64)
                                          : word >> code.prefix_width & LowMask(code.bits);
  position_ += code.prefix_width + code.bits;
  delta_ += SignExtend(change, code.bits);
}

[[gnu::always_inline]] inline bool GorillaReader::Step(Sample* sample) {
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

bool GorillaReader::Next(Sample* sample) {
  return Step(sample);
}

uint32_t GorillaReader::ReadAll(Sample* samples) {
  GorillaReader reader = *this;  // nobody else knows this one: it can stay in registers
  uint32_t read = 0;
  while (reader.Step(samples + read)) ++read;
  *this = reader;
  return read;
}

}  // namespace silverback

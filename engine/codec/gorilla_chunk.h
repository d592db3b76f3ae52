// The open chunk of a series in the head: append-only, compressed as it grows (Pelkonen et al.,
// "Gorilla: A Fast, Scalable, In-Memory Time Series Database", VLDB 2015): delta-of-delta
// timestamps, XORed values.
//
// Bits are filled from the lowest of each byte upwards. Sample 0: 64 bits of timestamp, 64 bits of
// value. Every other:
//
//   timestamp, as d = its delta less the delta before it (at first 0), modulo 2^64
//     0                  d = 0
//     10   + 7 bits      -64 <= d < 64, two's complement
//     110  + 14 bits     -8192 <= d < 8192
//     1110 + 24 bits     -2^23 <= d < 2^23
//     1111 + 64 bits     any
//   value, by the code of xor_code.h
//
// (Codes are written first bit first.) The chunk lives in memory alone and has no version.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>
#include <utility>

#include "engine/base/types.h"
#include "engine/codec/xor_code.h"

namespace silverback {

/// An open chunk. Not thread-safe: guard it, copy `bytes()` and `count()` under the guard, and
/// decode the copy outside by GorillaReader. Movable; a moved-from chunk is empty.
class GorillaChunk {
 public:
  GorillaChunk() = default;
  ~GorillaChunk() { std::free(data_); }
  GorillaChunk(GorillaChunk&& other) noexcept { Swap(other); }
  GorillaChunk& operator=(GorillaChunk&& other) noexcept {
    GorillaChunk taken(std::move(other));
    Swap(taken);
    return *this;
  }
  GorillaChunk(const GorillaChunk&) = delete;
  GorillaChunk& operator=(const GorillaChunk&) = delete;

  /// Any timestamps and values can be appended; the chunk does not require order. It must not grow past 512 MB.
  void Append(std::span<const Sample> samples);
  void Append(TimestampMs timestamp_ms, double value) {
    const Sample sample{timestamp_ms, value};
    Append({&sample, 1});
  }

  /// Begins to fetch the bytes that the next Append writes.
  void PrefetchEnd() const { __builtin_prefetch(data_ + bit_count_ / 8, 1); }

  bool empty() const { return count_ == 0; }
  /// Samples inside.
  uint32_t count() const { return count_; }
  /// REQUIRES: !empty().
  TimestampMs first_timestamp_ms() const;
  /// Of the last sample; while the chunk is empty, what `SetLast` was given (0 before that).
  TimestampMs last_timestamp_ms() const { return last_timestamp_; }
  uint64_t last_bits() const { return last_bits_; }
  /// Notes the sample that comes before those of this chunk: the caller's, in the place where its own last one will be. REQUIRES: empty().
  void SetLast(TimestampMs timestamp_ms, uint64_t bits);

  /// The encoded samples. Valid until the next Append.
  std::string_view bytes() const {
    return {reinterpret_cast<const char*>(data_), (bit_count_ + 7) / 8};
  }
  /// Heap bytes held (`bytes().size()` and what is reserved for growth), without the object itself.
  size_t heap_bytes() const { return capacity_; }

 private:
  class BitAppender;

  void Swap(GorillaChunk& other) noexcept;
  void Grow(uint64_t bytes);

  // In this order nothing is lost between them but two bytes: there may be a million chunks.
  uint8_t* data_ = nullptr;
  TimestampMs last_timestamp_ = 0;
  uint64_t last_delta_ = 0;
  uint64_t last_bits_ = 0;   // of the value
  uint8_t trailing_ = 0;     // of codec::XorState
  uint8_t significant_ = 0;  // the same
  uint32_t bit_count_ = 0;
  uint32_t capacity_ = 0;  // in bytes
  uint32_t count_ = 0;
};
static_assert(sizeof(GorillaChunk) == 48);

/// Reads the samples of a chunk from a copy of its bytes, in the order of appending. Safe on any
/// bytes.
class GorillaReader {
 public:
  /// `bytes` must outlive the reader.
  GorillaReader(std::string_view bytes, uint32_t count);

  /// False at the end (after `count` samples, or where the bytes end early: see `truncated`).
  bool Next(Sample* sample);

  /// Reads all samples that are left to `samples`, which has room for `remaining()`; returns how many there were.
  uint32_t ReadAll(Sample* samples);

  uint32_t remaining() const { return remaining_; }
  /// Whether the bytes ended before `count` samples.
  bool truncated() const { return truncated_; }

 private:
  bool Step(Sample* sample);
  void ReadTimestamp(uint64_t word);

  codec::BitSource source_;
  uint64_t position_ = 0;  // in bits
  uint32_t remaining_ = 0;
  bool first_ = true;
  bool truncated_ = false;
  TimestampMs timestamp_ = 0;
  uint64_t delta_ = 0;
  codec::XorState value_;
};

}  // namespace silverback

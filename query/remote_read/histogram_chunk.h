// Chunks as Prometheus stores native histograms (encodings 2 and 3, integer and float counts), written for remote_read.
//
//   samples (2, big endian), flags (1: 0x80 the counter started anew, 0xc0 gauges), then bits, highest of each byte first:
//   layout:   zero threshold (a byte for 0 and powers of two, else 255 and 64 bits), schema (varbit), positive and negative
//             spans (number; of each length and offset; varbits), bounds of custom buckets (number; each 1000 times it + 1 as
//             varbit, or a zero and 64 bits)
//   sample 0: time, count, zero count (varbits; of floats 64 bits), sum (64 bits), buckets (varbit of the difference to the one
//             to the left; of floats 64 bits)
//   others:   the same fields by the change of their change to the sample before (of floats, and the sum, by XOR)
//
// All histograms of a chunk have one layout and are no less than the one before. A staleness marker stands alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/types.h"
#include "engine/histogram/native_histogram.h"
#include "query/remote_read/bit_writer.h"

namespace silverback::remote_read {

/// One chunk in the making. Not thread-safe.
class HistogramChunk {
 public:
  /// Whether the histogram can follow those that are in the chunk.
  bool Fits(const NativeHistogram& histogram) const;
  /// REQUIRES: Fits(histogram), fewer than 65535 samples so far.
  void Append(TimestampMs t, const NativeHistogram& histogram);
  uint32_t count() const { return count_; }
  /// Of the histograms in it.
  bool is_float() const { return last_.is_float; }
  /// The chunk's bytes; it is empty again afterwards.
  std::string Take();

 private:
  /// An integer that is written by the change of its change.
  struct Integer {
    uint64_t value = 0;
    uint64_t change = 0;
    void Put(uint64_t next, BitWriter* out);
  };

  void PutLayout(const NativeHistogram& histogram);
  void PutFirst(const NativeHistogram& histogram);
  void PutNext(const NativeHistogram& histogram);
  void PutIntegers(const NativeHistogram& histogram);
  void PutFloats(const NativeHistogram& histogram);

  BitWriter bits_;
  uint32_t count_ = 0;
  NativeHistogram last_;
  Integer time_;
  XorField sum_;
  // Count, zero count, then the buckets of both sides; one of the two is in use.
  std::vector<Integer> integers_;
  std::vector<XorField> floats_;
};

}  // namespace silverback::remote_read

// Chunks as Prometheus stores floats (tsdb/docs/format/chunks.md, encoding 1, "XOR"), written for remote_read.
//
//   samples (2, big endian), then bits, highest of each byte first:
//   sample 0: time (varint, zigzag), 64 bits of value
//   sample 1: time - time before (uvarint), value by XOR
//   others:   change of that difference, d: `0` for 0; `10` + 14 bits; `110` + 17; `1110` + 20; `1111` + 64; value by XOR
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/types.h"
#include "query/remote_read/bit_writer.h"

namespace silverback::remote_read {

/// One chunk in the making. Not thread-safe.
class XorChunk {
 public:
  /// REQUIRES: fewer than 65535 samples so far.
  void Append(TimestampMs t, double value);
  uint32_t count() const { return count_; }
  /// The chunk's bytes; it is empty again afterwards.
  std::string Take();

 private:
  void PutTimeChange(int64_t change);

  BitWriter bits_;
  uint32_t count_ = 0;
  TimestampMs time_ = 0;
  uint64_t delta_ = 0;
  XorField value_;
};

}  // namespace silverback::remote_read

#include "query/remote_read/xor_chunk.h"

#include "engine/base/check.h"

namespace silverback::remote_read {

void XorChunk::PutTimeChange(int64_t change) {
  const auto bits = static_cast<uint64_t>(change);
  if (change == 0) {
    bits_.PutBits(0, 1);
  } else if (BitWriter::Fits(change, 14)) {
    bits_.PutBits(0b10, 2);
    bits_.PutBits(bits, 14);
  } else if (BitWriter::Fits(change, 17)) {
    bits_.PutBits(0b110, 3);
    bits_.PutBits(bits, 17);
  } else if (BitWriter::Fits(change, 20)) {
    bits_.PutBits(0b1110, 4);
    bits_.PutBits(bits, 20);
  } else {
    bits_.PutBits(0b1111, 4);
    bits_.PutBits(bits, 64);
  }
}

void XorChunk::Append(TimestampMs t, double value) {
  SB_DCHECK(count_ < 65535);
  if (count_ == 0) {
    bits_.PutVarint(t);
    value_.Start(value, &bits_);
  } else {
    const uint64_t delta = static_cast<uint64_t>(t) - static_cast<uint64_t>(time_);
    if (count_ == 1) {
      bits_.PutUvarint(delta);
    } else {
      PutTimeChange(static_cast<int64_t>(delta - delta_));
    }
    delta_ = delta;
    value_.Put(value, &bits_);
  }
  time_ = t;
  ++count_;
}

std::string XorChunk::Take() {
  const std::string chunk = {static_cast<char>(count_ >> 8), static_cast<char>(count_ & 0xff)};
  const std::string bits = bits_.Take();
  *this = XorChunk();
  return chunk + bits;
}

}  // namespace silverback::remote_read

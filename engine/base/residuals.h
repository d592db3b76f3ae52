// Small signed numbers of which most are 0, as bytes: each non-trivial one is a varint that also
// says whether zeros follow; how many is another varint. Ids of a scrape (each one more than the
// last), regular timestamps (difference of differences 0) and histogram buckets that nothing fell into
// become a few bytes, however many there are. Bytes: docs/format/log.md, "Payload".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/coding.h"

namespace silverback {

/// Zigzag values from here on are stored as this token and 8 bytes.
inline constexpr uint64_t kResidualEscape = (uint64_t{1} << 63) - 1;

class ResidualWriter {
 public:
  explicit ResidualWriter(std::string* out) : out_(out) {}

  void Add(int64_t residual) {
    if (residual == 0 && has_token_) {
      ++zeros_;
      return;
    }
    Finish();
    token_ = ZigZag(residual);
    has_token_ = true;
  }

  /// Writes what is pending; call at the end.
  void Finish() {
    if (!has_token_) return;
    const uint64_t zeros_follow = zeros_ > 0 ? 1 : 0;
    PutVarint(out_, (token_ < kResidualEscape ? token_ : kResidualEscape) << 1 | zeros_follow);
    if (token_ >= kResidualEscape) PutFixed(out_, token_);
    if (zeros_ > 0) PutVarint(out_, zeros_ - 1);
    has_token_ = false;
    zeros_ = 0;
  }

 private:
  std::string* out_;
  uint64_t token_ = 0;
  uint64_t zeros_ = 0;
  bool has_token_ = false;
};

/// Reads `count` residuals from the front of a view. Safe on any bytes.
class ResidualReader {
 public:
  ResidualReader(std::string_view in, uint64_t count) : in_(in), left_(count) {}

  /// False if the bytes end or make no sense, or if all `count` were read.
  bool Next(int64_t* residual) {
    if (left_ == 0) return false;
    if (zeros_ == 0) return ReadToken(residual);
    --zeros_;
    --left_;
    *residual = 0;
    return true;
  }

  /// Passes over all that are left.
  bool Skip() {
    int64_t residual = 0;
    while (left_ > 0) {
      left_ -= zeros_;
      zeros_ = 0;
      if (left_ > 0 && !ReadToken(&residual)) return false;
    }
    return true;
  }

  /// The bytes behind those that were read.
  std::string_view rest() const { return in_; }

 private:
  bool ReadToken(int64_t* residual) {
    uint64_t token = 0;
    if (!GetVarint(&in_, &token)) return false;
    uint64_t raw = token >> 1;
    if (raw == kResidualEscape && !GetFixed(&in_, &raw)) return false;
    --left_;
    if ((token & 1) != 0) {
      if (!GetVarint(&in_, &zeros_) || zeros_ >= left_) return false;
      ++zeros_;
    }
    *residual = UnZigZag(raw);
    return true;
  }

  std::string_view in_;
  uint64_t left_;
  uint64_t zeros_ = 0;  // that come before the next token
};

}  // namespace silverback

// Facts about the 64 bits of a sample's value that every layer must agree on.
#pragma once

#include <bit>
#include <cstdint>

namespace silverback {

/// The bits of Prometheus' staleness marker (`model/value.StaleNaN`): "this series ended here". A marker is no
/// sample to any function. Other NaN payloads are ordinary samples and survive unchanged.
inline constexpr uint64_t kStaleNanBits = 0x7ff0000000000002ULL;

/// The bits of the NaN that Prometheus itself produces (`model/value.NormalNaN`).
inline constexpr uint64_t kNormalNanBits = 0x7ff8000000000001ULL;

inline uint64_t BitsOf(double value) {
  return std::bit_cast<uint64_t>(value);
}
inline double ValueOf(uint64_t bits) {
  return std::bit_cast<double>(bits);
}
inline bool IsStale(double value) {
  return BitsOf(value) == kStaleNanBits;
}

/// Equality of samples: by bits, so that NaN equals itself and 0 differs from -0.
inline bool SameBits(double a, double b) {
  return BitsOf(a) == BitsOf(b);
}

}  // namespace silverback

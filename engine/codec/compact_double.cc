#include "engine/codec/compact_double.h"

#include <cmath>
#include <cstdint>

#include "engine/base/coding.h"
#include "engine/base/value.h"
#include "engine/codec/powers.h"

namespace silverback::codec {
namespace {

constexpr uint8_t kRaw = 255;
// A varint longer than 7 bytes would not pay.
constexpr double kMaxInteger = 1ll << 48;

}  // namespace

void PutCompactDouble(std::string* out, double value) {
  for (uint32_t exponent = 0; exponent <= kMaxExponent; ++exponent) {
    const double scaled = value * kPowersOfTen[exponent];
    if (!(std::abs(scaled) < kMaxInteger)) break;
    const auto integer = static_cast<int64_t>(std::nearbyint(scaled));
    if (!SameBits(static_cast<double>(integer) / kPowersOfTen[exponent], value)) continue;
    out->push_back(static_cast<char>(exponent));
    PutSignedVarint(out, integer);
    return;
  }
  out->push_back(static_cast<char>(kRaw));
  PutFixed(out, value);
}

bool GetCompactDouble(std::string_view* in, double* value) {
  if (in->empty()) return false;
  const auto tag = static_cast<uint8_t>(in->front());
  in->remove_prefix(1);
  if (tag == kRaw) return GetFixed(in, value);
  int64_t integer = 0;
  if (tag > kMaxExponent || !GetSignedVarint(in, &integer)) return false;
  *value = static_cast<double>(integer);
  if (tag != 0) *value /= kPowersOfTen[tag];
  return true;
}

}  // namespace silverback::codec

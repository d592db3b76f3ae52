// Codec "pattern": the values' bits taken as integers, for full-precision values that move in one
// direction or little: doubles of one sign sort as their bits do, and the deltas of a counter's
// bits are smaller than their XORs.
//
//   value's bits = (integer << shift) + offset, modulo 2^64
//
//   u8       shift, 0 to 63
//   8 bytes  offset
//   column   the integers (integers.h)
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace silverback::codec {

// As engine/codec/codec.h says.
bool EncodePattern(std::span<const double> values, std::string* out);
bool DecodePattern(std::string_view bytes, uint32_t count, uint32_t begin, uint32_t end,
                   double* out);
bool PatternValueAt(std::string_view bytes, uint32_t count, uint32_t index, double* out);

}  // namespace silverback::codec

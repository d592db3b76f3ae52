// Codec "decimal": values that are decimal numbers of few digits (ALP, Afroozeh, Kuffo and Boncz,
// "ALP: Adaptive Lossless floating-Point Compression", SIGMOD 2023, but dividing by the power of
// ten: the quotient of two doubles is correctly rounded, so that one exponent recovers every
// decimal number whose digits fit 51 bits).
//
//   value = (integer * factor + offset) / 10^exponent, verified bit for bit; other values are
//   exceptions
//
//   u8       bits 0 to 3 the exponent (0 to 15), bit 4: a factor follows, bit 5: exceptions follow,
//   bit 6: all
//            exceptions have the same bits
//   zigzag varint  offset
//   varint   factor (2 or more), if bit 4
//   if bit 5: varint count, then the exceptions' rows, ascending, packed in the bits that the last
//   row needs, then
//            their bits, 8 bytes each (once, if bit 6)
//   column   the integers (integers.h); exceptions repeat the integer before them
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace silverback::codec {

// As engine/codec/codec.h says.
bool EncodeDecimal(std::span<const double> values, std::string* out);
bool DecodeDecimal(std::string_view bytes, uint32_t count, uint32_t begin, uint32_t end,
                   double* out);
bool DecimalValueAt(std::string_view bytes, uint32_t count, uint32_t index, double* out);

}  // namespace silverback::codec

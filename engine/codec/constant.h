// Codec "constant": every value has the same bits. Bytes: the value, compact (compact_double.h).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace silverback::codec {

// As engine/codec/codec.h says.
bool EncodeConstant(std::span<const double> values, std::string* out);
bool DecodeConstant(std::string_view bytes, uint32_t count, uint32_t begin, uint32_t end,
                    double* out);
bool ConstantValueAt(std::string_view bytes, uint32_t count, uint32_t index, double* out);

}  // namespace silverback::codec

// Codec "xor": each value XORed with the one before it (Pelkonen et al., "Gorilla", VLDB 2015),
// starting anew every 128 values so that any can be reached by decoding 128 at most. For what no
// other codec makes small; it holds anything.
//
//   2 bytes  of every group of 128 values but the last: the bytes that it takes
//   groups   one after the other, each padded to a byte: 64 bits of the first value, then the code of each other
//            (xor_code.h); bytes are filled from their lowest bit
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace silverback::codec {

// As engine/codec/codec.h says.
bool EncodeXor(std::span<const double> values, std::string* out);
bool DecodeXor(std::string_view bytes, uint32_t count, uint32_t begin, uint32_t end, double* out);
bool XorValueAt(std::string_view bytes, uint32_t count, uint32_t index, double* out);

}  // namespace silverback::codec

// Codec "runs": values that rarely change. Where runs of equal bits start, and the runs' values as
// a vector of their own, encoded by another codec.
//
//   varint   number of runs, 1 to 1024
//   u8       how starts are stored: 0 numbers, 1 a bitmap; the nested codec in the upper four bits
//   bytes    starts: of every run but the first its first row, packed in the bits that the last row
//   needs;
//            or a bit a row, lowest first, set where a run starts (row 0 included)
//   bytes    the values of the runs, by the nested codec (any but runs)
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace silverback::codec {

// As engine/codec/codec.h says.
bool EncodeRuns(std::span<const double> values, std::string* out);
bool DecodeRuns(std::string_view bytes, uint32_t count, uint32_t begin, uint32_t end, double* out);
bool RunsValueAt(std::string_view bytes, uint32_t count, uint32_t index, double* out);

}  // namespace silverback::codec

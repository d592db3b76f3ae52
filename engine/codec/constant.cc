#include "engine/codec/constant.h"

#include <algorithm>

#include "engine/base/value.h"
#include "engine/codec/compact_double.h"

namespace silverback::codec {

bool EncodeConstant(std::span<const double> values, std::string* out) {
  const auto same = [&](double value) { return SameBits(value, values[0]); };
  if (!std::all_of(values.begin(), values.end(), same)) return false;
  PutCompactDouble(out, values[0]);
  return true;
}

bool DecodeConstant(std::string_view bytes, uint32_t count, uint32_t begin, uint32_t end,
                    double* out) {
  double value = 0;
  if (!ConstantValueAt(bytes, count, 0, &value)) return false;
  std::fill(out, out + (end - begin), value);
  return true;
}

bool ConstantValueAt(std::string_view bytes, uint32_t /*count*/, uint32_t /*index*/, double* out) {
  return GetCompactDouble(&bytes, out) && bytes.empty();
}

}  // namespace silverback::codec

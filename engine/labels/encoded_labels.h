// Walking over the bytes of label sets where a call for each label would be a good part of the work. For everything else there is
// LabelSet::Iterator.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/base/check.h"
#include "engine/base/coding.h"

namespace silverback {

/// Takes a name or a value off the front of the encoded form of a label set. REQUIRES: `*in` is the rest of a whole one, and not empty.
inline std::string_view TakeTrusted(std::string_view* in) {
  std::string_view bytes;
  if (const auto size = static_cast<uint8_t>(in->front()); size < 0x80) {  // the length is one byte
    SB_DCHECK_LT(size_t{size}, in->size());
    bytes = in->substr(1, size);
    in->remove_prefix(size_t{1} + size);
    return bytes;
  }
  const bool ok = GetLengthPrefixed(in, &bytes);
  SB_DCHECK(ok);
  (void)ok;
  return bytes;
}

}  // namespace silverback

// Rows of `postings` as they are walked. Private to engine/index.
#pragma once

#include <cstdint>
#include <string_view>

namespace silverback {

/// One row of `postings`. Borrows until the next row.
struct PostingsRow {
  std::string_view value;
  uint16_t high = 0;
  std::string_view ids;
  bool new_value = false;  // the first row of its value
};

/// What to do after a row.
enum class Walk : uint8_t {
  kNext,       // to the next row
  kNextValue,  // past the other rows of this value
  kStop,
};

}  // namespace silverback

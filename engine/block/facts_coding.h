// The facts as they stand in a block's header. docs/format/block.md has the bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/block/facts.h"

namespace silverback {

/// Appends `facts`.
void PutFacts(const Facts& facts, std::string* out);

/// Reads the facts of a block of `rows` rows. False if they are malformed. Allocates at most what
/// `rows` rows need.
bool GetFacts(std::string_view* in, uint32_t rows, Facts* facts);

}  // namespace silverback

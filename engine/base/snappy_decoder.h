// Decompresses snappy blocks (google/snappy, format_description.txt), in a third to a half of the time that Debian's libsnappy
// takes for write requests: their copies are short, and each is one or four loads and stores here instead of a call.
#pragma once

#include <cstddef>
#include <string_view>

namespace silverback {

/// Takes the length of what `block` holds off its front. False if it cannot be read or is 4 GiB or more. Nothing says that
/// as much is there: bound it before memory is reserved.
bool TakeSnappyLength(std::string_view* block, size_t* length);

/// Decompresses what `TakeSnappyLength` left of a block to `out`, which has room for `length` bytes, the length that it
/// gave. False, with anything in `out`, if the block is damaged or holds more or less than that. Safe on any bytes.
bool DecodeSnappy(std::string_view elements, char* out, size_t length);

}  // namespace silverback

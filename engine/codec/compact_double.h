// One double in few bytes: what headers and constants are made of.
#pragma once

#include <string>
#include <string_view>

namespace silverback::codec {

/// Appends `value`, its bits exact: a byte 0 to 15 and a zigzag varint n, when value is n /
/// 10^byte; otherwise the byte 255 and the 8 bytes of the value. 2 to 9 bytes.
void PutCompactDouble(std::string* out, double value);

/// False if the bytes end early or make no sense.
bool GetCompactDouble(std::string_view* in, double* value);

}  // namespace silverback::codec

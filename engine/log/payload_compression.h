// A record's payload as the log stores it: plain, or as a snappy block where that is smaller. Bytes: docs/format/log.md,
// "Payload". Private to this folder and to those who look at logs byte by byte.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/status.h"

namespace silverback::log {

/// True if `payload` claims to be a compressed one.
bool IsCompressed(std::string_view payload);

/// Compresses the payload that `out` holds from byte `begin` on, in its place, if it is long enough, not longer than
/// `kMaxLogPayloadBytes`, and becomes smaller by an eighth; leaves it alone otherwise.
void CompressPayload(size_t begin, std::string* out);

/// The plain payload: `payload` itself, or what its block holds, kept in `*buffer`. Safe on any bytes, with memory of at most
/// `kMaxLogPayloadBytes`. DataLoss if the block is damaged or holds more than that.
StatusOr<std::string_view> PlainPayload(std::string_view payload, std::string* buffer);

}  // namespace silverback::log

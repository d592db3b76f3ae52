// The first byte of a payload: docs/format/log.md. Private to this folder.
#pragma once

#include <cstdint>

namespace silverback::log {

/// Stored: never renumber.
enum class PayloadType : uint8_t {
  kWrite = 1,
  kCompressedWrite = 2,
};

inline bool IsPayloadType(char byte, PayloadType type) {
  return static_cast<uint8_t>(byte) == static_cast<uint8_t>(type);
}

}  // namespace silverback::log

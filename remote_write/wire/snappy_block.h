// Snappy's block format, from clients that are not trusted.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "engine/base/status.h"

namespace silverback::wire {

/// Bytes that own their memory, which is not cleared before it is written.
struct Buffer {
  std::unique_ptr<char[]> bytes;
  size_t size = 0;

  std::string_view view() const { return {bytes.get(), size}; }
};

/// The length that a block claims to have when decompressed. InvalidArgument when the block is malformed or claims more
/// than its size could hold. Nothing is allocated.
StatusOr<size_t> ClaimedLength(std::string_view block);

/// Decompresses one block. The claimed length is what is allocated: check it first. InvalidArgument when the block is
/// malformed.
StatusOr<Buffer> Decompress(std::string_view block);

}  // namespace silverback::wire

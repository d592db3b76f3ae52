// Snappy's block format, from clients that are not trusted.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "engine/base/status.h"

namespace silverback::wire {

/// Bytes that own their memory, which is not cleared before it is written.
class Buffer {
 public:
  /// Makes room for `size` bytes, which are what they may be: what was there before is lost.
  void Resize(size_t size);
  char* data() { return bytes_.get(); }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  std::string_view view() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

/// The length that a block claims to have when decompressed. InvalidArgument when the block is malformed or claims more
/// than its size could hold. Nothing is allocated.
StatusOr<size_t> ClaimedLength(std::string_view block);

/// Decompresses one block into `*buffer`, whose memory is used again. The claimed length is what is allocated: check it first.
/// InvalidArgument when the block is malformed; what is in the buffer is then unspecified.
Status Decompress(std::string_view block, Buffer* buffer);
/// The same into memory of its own.
StatusOr<Buffer> Decompress(std::string_view block);

}  // namespace silverback::wire

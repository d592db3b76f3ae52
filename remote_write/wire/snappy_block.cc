#include "remote_write/wire/snappy_block.h"

#include <snappy.h>

namespace silverback::wire {
namespace {

/// The densest element, a copy, stands for at most 64 bytes and takes at least 2.
constexpr size_t kMaxExpansion = 32;

}  // namespace

StatusOr<size_t> ClaimedLength(std::string_view block) {
  size_t length = 0;
  if (!snappy::GetUncompressedLength(block.data(), block.size(), &length)) {
    return InvalidArgument("the body is not a snappy block: its length cannot be read");
  }
  if (length / kMaxExpansion > block.size()) {
    return InvalidArgument(
        "the body is not a snappy block: {} compressed bytes cannot hold the {} bytes that it "
        "claims",
        block.size(), length);
  }
  return length;
}

StatusOr<Buffer> Decompress(std::string_view block) {
  ASSIGN_OR_RETURN(const size_t length, ClaimedLength(block));
  Buffer buffer{std::make_unique_for_overwrite<char[]>(length), length};
  if (!snappy::RawUncompress(block.data(), block.size(), buffer.bytes.get())) {
    return InvalidArgument("the body is not a snappy block: it is damaged or cut off");
  }
  return buffer;
}

}  // namespace silverback::wire

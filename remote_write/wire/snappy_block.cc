#include "remote_write/wire/snappy_block.h"

#include "engine/base/snappy_decoder.h"

namespace silverback::wire {
namespace {

/// The densest element, a copy, stands for at most 64 bytes and takes at least 2.
constexpr size_t kMaxExpansion = 32;

/// Takes the length that the block claims off its front.
StatusOr<size_t> TakeClaimedLength(std::string_view* block) {
  const size_t size = block->size();
  size_t length = 0;
  if (!TakeSnappyLength(block, &length)) {
    return InvalidArgument("the body is not a snappy block: its length cannot be read");
  }
  if (length / kMaxExpansion > size) {
    return InvalidArgument(
        "the body is not a snappy block: {} compressed bytes cannot hold the {} bytes that it "
        "claims",
        size, length);
  }
  return length;
}

}  // namespace

StatusOr<size_t> ClaimedLength(std::string_view block) {
  return TakeClaimedLength(&block);
}

StatusOr<Buffer> Decompress(std::string_view block) {
  ASSIGN_OR_RETURN(const size_t length, TakeClaimedLength(&block));
  Buffer buffer{std::make_unique_for_overwrite<char[]>(length), length};
  if (!DecodeSnappy(block, buffer.bytes.get(), length)) {
    return InvalidArgument("the body is not a snappy block: it is damaged or cut off");
  }
  return buffer;
}

}  // namespace silverback::wire

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

void Buffer::Resize(size_t size) {
  if (size > capacity_ || bytes_ == nullptr) {
    bytes_ = std::make_unique_for_overwrite<char[]>(size);
    capacity_ = size;
  }
  size_ = size;
}

StatusOr<size_t> ClaimedLength(std::string_view block) {
  return TakeClaimedLength(&block);
}

Status Decompress(std::string_view block, Buffer* buffer) {
  ASSIGN_OR_RETURN(const size_t length, TakeClaimedLength(&block));
  buffer->Resize(length);
  if (!DecodeSnappy(block, buffer->data(), length)) {
    return InvalidArgument("the body is not a snappy block: it is damaged or cut off");
  }
  return absl::OkStatus();
}

StatusOr<Buffer> Decompress(std::string_view block) {
  Buffer buffer;
  RETURN_IF_ERROR(Decompress(block, &buffer));
  return buffer;
}

}  // namespace silverback::wire

#include "remote_write/wire/snappy_block.h"

#include <string>

#include <catch2/catch.hpp>

#include "tests/support/write_message/write_message.h"

namespace silverback::wire {

using testing::Snappy;
using testing::SnappyClaim;

TEST_CASE("a block is decompressed") {
  const std::string text(100000, 'x');
  const std::string block = Snappy(text);
  CHECK(*ClaimedLength(block) == text.size());
  const auto buffer = Decompress(block);
  REQUIRE(buffer.ok());
  CHECK(buffer->view() == text);
  CHECK(Decompress(Snappy(""))->size() == 0);
}

TEST_CASE("a buffer's memory is used again for what fits") {
  Buffer buffer;
  REQUIRE(Decompress(Snappy(std::string(1000, 'x')), &buffer).ok());
  const char* const memory = buffer.data();
  REQUIRE(Decompress(Snappy("short"), &buffer).ok());
  CHECK(buffer.view() == "short");
  CHECK(buffer.data() == memory);
  REQUIRE(Decompress(Snappy(std::string(2000, 'y')), &buffer).ok());
  CHECK(buffer.view() == std::string(2000, 'y'));
  REQUIRE(Decompress(Snappy(""), &buffer).ok());
  CHECK(buffer.view().empty());
}

TEST_CASE("a claim that the block cannot hold is refused before anything is allocated") {
  for (const uint64_t claim : {uint64_t{1} << 20, uint64_t{1} << 30, uint64_t{0xffffffff}}) {
    CHECK(absl::IsInvalidArgument(ClaimedLength(SnappyClaim(claim)).status()));
    CHECK(absl::IsInvalidArgument(Decompress(SnappyClaim(claim)).status()));
  }
}

TEST_CASE("the densest block that snappy makes is within the bound") {
  const std::string text(8 << 20, 'x');
  CHECK(Decompress(Snappy(text)).ok());
}

TEST_CASE("damaged and truncated blocks are refused") {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += std::to_string(i * 7919);
  const std::string block = Snappy(text);
  for (size_t length = 0; length < block.size(); length += 7) {
    CHECK_FALSE(Decompress(std::string_view(block).substr(0, length)).ok());
  }
  CHECK_FALSE(Decompress("").ok());
  CHECK_FALSE(Decompress("\xff\xff\xff\xff\xff\xff\xff\xff").ok());
  CHECK_FALSE(Decompress(block + "x").ok());
  CHECK_FALSE(Decompress("plain text, which is no block").ok());
}

}  // namespace silverback::wire

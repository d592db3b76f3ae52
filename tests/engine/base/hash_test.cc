#include "engine/base/hash.h"

#include <catch2/catch.hpp>

namespace silverback {
namespace {

TEST_CASE("crc32c gives the check value of RFC 3720") {
  REQUIRE(Crc32c("123456789") == 0xe3069283u);
  REQUIRE(Crc32c(std::string(32, '\0')) == 0x8a9136aau);
}

TEST_CASE("a hash of pieces is the hash of the whole") {
  Hash128Stream stream;
  stream.Update("abc");
  stream.Update("");
  stream.Update("defg");
  REQUIRE(stream.Finish() == Hash128("abcdefg"));
}

TEST_CASE("crc32c can be continued") {
  REQUIRE(Crc32c("6789", Crc32c("12345")) == Crc32c("123456789"));
}

TEST_CASE("crc32c is the same whichever way the bytes are divided, at any length") {
  std::string bytes(10000, '\0');
  uint32_t state = 1;
  for (char& c : bytes) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>(state >> 24);
  }
  // One bit at a time, as the polynomial defines it.
  uint32_t reference = 0xffffffff;
  for (size_t size = 0; size <= bytes.size(); ++size) {
    if (size > 0) {
      reference ^= static_cast<uint8_t>(bytes[size - 1]);
      for (int bit = 0; bit < 8; ++bit) {
        reference = (reference >> 1) ^ ((reference & 1) != 0 ? 0x82f63b78u : 0u);
      }
    }
    if (size > 1000 && size % 97 != 0) continue;
    const std::string_view whole = std::string_view(bytes).substr(0, size);
    REQUIRE(Crc32c(whole) == ~reference);
    REQUIRE(Crc32c(whole.substr(size / 3), Crc32c(whole.substr(0, size / 3))) == ~reference);
  }
}

}  // namespace
}  // namespace silverback

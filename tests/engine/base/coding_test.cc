#include "engine/base/coding.h"

#include <limits>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

TEST_CASE("varints survive a round trip at every length") {
  for (int bit = 0; bit <= 64; ++bit) {
    const uint64_t value = bit == 64 ? std::numeric_limits<uint64_t>::max() : (uint64_t{1} << bit);
    for (const uint64_t v : {value - 1, value, value + 1}) {
      std::string bytes;
      PutVarint(&bytes, v);
      std::string_view in = bytes;
      uint64_t read = 0;
      REQUIRE(GetVarint(&in, &read));
      REQUIRE(read == v);
      REQUIRE(in.empty());
    }
  }
}

TEST_CASE("a varint that is cut short or over 64 bits is refused") {
  uint64_t value = 0;
  for (const std::string& bad : {std::string(), std::string("\x80"), std::string(10, '\xff'),
                                 std::string(9, '\xff') + '\x02'}) {
    std::string_view in = bad;
    REQUIRE_FALSE(GetVarint(&in, &value));
  }
}

TEST_CASE("zigzag keeps small magnitudes small") {
  REQUIRE(ZigZag(0) == 0);
  REQUIRE(ZigZag(-1) == 1);
  REQUIRE(ZigZag(1) == 2);
  for (const int64_t v :
       {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    REQUIRE(UnZigZag(ZigZag(v)) == v);
  }
}

TEST_CASE("big-endian keys sort as their numbers do") {
  std::string small;
  std::string large;
  PutBigEndian32(&small, 255);
  PutBigEndian32(&large, 256);
  REQUIRE(small < large);
}

TEST_CASE("a length prefix beyond the input is refused") {
  std::string bytes;
  PutVarint(&bytes, 1000);
  bytes += "abc";
  std::string_view in = bytes;
  std::string_view out;
  REQUIRE_FALSE(GetLengthPrefixed(&in, &out));
}

}  // namespace
}  // namespace silverback

#include "engine/base/hash.h"

#include <catch2/catch.hpp>

namespace silverback {
namespace {

TEST_CASE("crc32c gives the check value of RFC 3720") {
  REQUIRE(Crc32c("123456789") == 0xe3069283u);
  REQUIRE(Crc32c(std::string(32, '\0')) == 0x8a9136aau);
}

TEST_CASE("crc32c can be continued") {
  REQUIRE(Crc32c("6789", Crc32c("12345")) == Crc32c("123456789"));
}

}  // namespace
}  // namespace silverback

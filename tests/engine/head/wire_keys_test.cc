#include "engine/head/wire_keys.h"

#include <string>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

TEST_CASE("a wire key is found once it is bound") {
  WireKeys keys(42);
  const auto hash = keys.HashOf("a=1,b=2");
  CHECK_FALSE(keys.Find(hash).has_value());
  keys.Bind(hash, {3, 4});
  CHECK(keys.Find(hash) == WireBinding{3, 4});
  CHECK_FALSE(keys.Find(keys.HashOf("a=1,b=3")).has_value());
  keys.Bind(hash, {5, 6});
  CHECK(keys.Find(hash) == WireBinding{5, 6});
  CHECK(keys.size() == 1);
}

TEST_CASE("the hash depends on the directory's secret") {
  CHECK_FALSE(WireKeys(1).HashOf("x") == WireKeys(2).HashOf("x"));
}

TEST_CASE("wire keys stay bounded and keep what is used") {
  WireKeys keys(42, 1600);
  const auto used = keys.HashOf("used");
  keys.Bind(used, {1, 1});
  for (uint32_t i = 0; i < 100000; ++i) {
    keys.Bind(keys.HashOf(std::to_string(i)), {i + 2, 1});
    if (i % 10 == 0) REQUIRE(keys.Find(used).has_value());
  }
  CHECK(keys.size() <= 1600);
}

TEST_CASE("keys of series that have left are forgotten") {
  WireKeys keys(42);
  for (uint32_t i = 1; i <= 100; ++i) keys.Bind(keys.HashOf(std::to_string(i)), {i, 1});
  keys.Forget(SeriesBitmap::bitmapOf(2, 7, 9));
  CHECK(keys.size() == 98);
  CHECK_FALSE(keys.Find(keys.HashOf("7")).has_value());
  CHECK(keys.Find(keys.HashOf("8")).has_value());
}

}  // namespace
}  // namespace silverback

#include "engine/read/cache_policy.h"

#include <catch2/catch.hpp>

namespace silverback {
namespace {

PartRef MakePart(TimeRange time, uint64_t series, uint64_t bytes) {
  PartMeta part;
  part.time = time;
  part.series = series;
  part.bytes = bytes;
  return std::make_shared<const PartMeta>(part);
}

}  // namespace

TEST_CASE("a read is estimated by its share of the series and of the time of each part") {
  const std::vector<PartRef> parts = {MakePart({0, 999}, 100, 50'000),
                                      MakePart({1000, 1999}, 10, 8'000)};
  CHECK(EstimateBytes(parts, 100, {0, 1999}) == 58'000);
  CHECK(EstimateBytes(parts, 1'000'000, {kMinTimestampMs, kMaxTimestampMs}) == 58'000);
  CHECK(EstimateBytes(parts, 5, {0, 1999}) == 2'500 + 4'000);
  CHECK(EstimateBytes(parts, 100, {500, 999}) == 25'000);
  CHECK(EstimateBytes(parts, 100, {1500, 5000}) == 4'000);
  CHECK(EstimateBytes(parts, 100, {2000, 5000}) == 0);
  CHECK(EstimateBytes({}, 100, {0, 1}) == 0);
  const std::vector<PartRef> empty = {MakePart({0, 999}, 0, 1'000)};
  CHECK(EstimateBytes(empty, 100, {0, 1999}) == 0);
}

TEST_CASE("opened blocks are estimated as wholes, one of each series in each part at least") {
  PartMeta part;
  part.time = {0, 999};
  part.series = 10;
  part.blocks = 40;
  part.bytes = 400'000;
  const std::vector<PartRef> parts = {std::make_shared<const PartMeta>(part)};
  const uint64_t block = 10'000 + 600;
  CHECK(EstimateOpenedBytes(parts, 10, {0, 999}) == 10 * 5 * block);
  CHECK(EstimateOpenedBytes(parts, 1'000'000, {0, 499}) == 10 * 3 * block);
  CHECK(EstimateOpenedBytes(parts, 2, {999, 999}) < 2 * block * 1.01);
  CHECK(EstimateOpenedBytes(parts, 2, {999, 999}) > 2 * block);
  CHECK(EstimateOpenedBytes(parts, 2, {1000, 2000}) == 0);
}

TEST_CASE(
    "small reads fill the cache, large ones when they come again, and those that do not fit "
    "never") {
  CachePolicy policy(1600);
  CHECK(policy.Fills(100, 1));
  CHECK_FALSE(policy.Fills(101, 1));
  CHECK_FALSE(policy.Fills(101, 2));
  CHECK(policy.Fills(101, 1));
  CHECK(policy.Fills(1200, 1));
  CHECK_FALSE(policy.Fills(1201, 1));
  CHECK_FALSE(policy.Fills(1201, 1));
}

TEST_CASE("of large reads the latest are remembered") {
  CachePolicy policy(1600);
  for (uint64_t identity = 1; identity <= 65; ++identity) CHECK_FALSE(policy.Fills(200, identity));
  CHECK(policy.Fills(200, 65));
  CHECK(policy.Fills(200, 2));
  CHECK_FALSE(policy.Fills(200, 1));
}

}  // namespace silverback

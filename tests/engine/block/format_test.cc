#include <catch2/catch.hpp>

#include "../codec/documented.h"
#include "../codec/shapes.h"

#include "engine/block/block.h"
#include "engine/block/timeline.h"

namespace silverback {
namespace {

const std::vector<TimestampMs> kTimes = {1700000000000, 1700000015000, 1700000030001, 1700000045000,
                                         1700000060000};

TEST_CASE("a block is the bytes that docs/format/block.md shows") {
  const std::vector<double> values = {10, 12, ValueOf(kStaleNanBits), 3, 4};
  const std::string documented = DocumentedBytes("block.md", "block");
  REQUIRE(BuildBlock(kTimes, values, {2, 7}) == documented);
  const auto view = BlockView::Open(documented);
  REQUIRE(view.ok());
  REQUIRE(view->timeline() == TimelineRef{2, 7});
  std::vector<double> read(5);
  view->Decode(0, 5, read.data());
  REQUIRE(SameBitsAll(read.data(), values.data(), 5));
  REQUIRE(view->facts().sum.Total() == 29);
  REQUIRE(view->facts().resets == std::vector<CounterReset>{{3, 12}});
}

TEST_CASE("start timestamps are the bytes that docs/format/block.md shows") {
  StartColumn starts;
  starts.SetFrom(0, 1699999999000);
  starts.SetFrom(2, kNoStart);
  starts.SetFrom(3, 1700000030001);
  starts.SetFrom(4, 1700000045000);
  std::string bytes;
  PutStarts(kTimes, starts.view(), &bytes);
  CHECK(bytes == DocumentedBytes("block.md", "starts"));
  const std::string block = BuildBlock(kTimes, std::vector<double>(5, 42.5), {2, 7}, starts.view());
  REQUIRE(block == DocumentedBytes("block.md", "block with starts"));
}

TEST_CASE("a timeline is the bytes that docs/format/timeline.md shows") {
  const std::string documented = DocumentedBytes("timeline.md", "timeline");
  REQUIRE(EncodeTimeline(kTimes) == documented);
  std::vector<TimestampMs> read;
  REQUIRE(DecodeTimeline(documented, &read).ok());
  REQUIRE(read == kTimes);
}

}  // namespace
}  // namespace silverback

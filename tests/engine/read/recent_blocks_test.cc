#include "engine/read/recent_blocks.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/block/histogram_block.h"

namespace silverback {
namespace {

/// A block of samples every ten milliseconds.
std::string Block(TimestampMs first_ms, size_t rows) {
  std::vector<TimestampMs> times(rows);
  std::vector<double> values(rows);
  for (size_t i = 0; i < rows; ++i) {
    times[i] = first_ms + 10 * static_cast<TimestampMs>(i);
    values[i] = static_cast<double>(times[i]);
  }
  return BuildBlock(times, values, {});
}

std::shared_ptr<const KnownBlocks> Known(TimeRange read, const std::vector<std::string>& blocks) {
  const std::vector<std::string_view> views(blocks.begin(), blocks.end());
  return KnownBlocks::Make(read, views);
}

TEST_CASE("known blocks cover what was read and what they reach") {
  const auto known = Known({1000, 2500}, {Block(900, 50), Block(2000, 100)});
  REQUIRE(known != nullptr);
  CHECK(known->covered() == TimeRange{900, 2990});
  REQUIRE(known->blocks().size() == 2);
  CHECK(known->blocks()[0].time_range() == TimeRange{900, 1390});
  CHECK(known->blocks()[1].rows() == 100);
  CHECK(known->blocks()[1].ValueAt(7) == 2070);
  CHECK(known->memory_bytes() > 2 * sizeof(BlockView));
}

TEST_CASE("a block outside of what was read says nothing of what lies between") {
  const auto known = Known({1000, 2500}, {Block(100, 20), Block(1100, 10)});
  REQUIRE(known != nullptr);
  CHECK(known->covered() == TimeRange{1000, 2500});
  REQUIRE(known->blocks().size() == 1);
  CHECK(known->blocks()[0].time_range().min_ms == 1100);
}

TEST_CASE("that there is no block is known as well") {
  const auto known = Known({1000, 2500}, {});
  REQUIRE(known != nullptr);
  CHECK(known->covered() == TimeRange{1000, 2500});
  CHECK(known->blocks().empty());
}

TEST_CASE("many blocks, damaged ones and those of histograms are not kept") {
  std::vector<std::string> many;
  for (int i = 0; i < 5; ++i) many.push_back(Block(1000 * i, 10));
  CHECK(Known({0, 5000}, many) == nullptr);

  std::string damaged = Block(1000, 10);
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  CHECK(Known({0, 5000}, {damaged}) == nullptr);

  const TimestampMs time = 1000;
  const NativeHistogram histogram;
  CHECK(Known({0, 5000}, {Block(100, 10),
                          BuildHistogramBlock({&time, 1}, {&histogram, 1}, {}, {})}) == nullptr);
}

TEST_CASE("blocks are found by part, series and a range that is wholly known") {
  RecentBlocks recent(1 << 20);
  CHECK(recent.Find(1, 7, {1000, 2000}) == nullptr);
  recent.Keep(1, 7, Known({1000, 2000}, {Block(1000, 10)}));
  CHECK(recent.Find(1, 7, {1000, 2000}) != nullptr);
  CHECK(recent.Find(1, 7, {1500, 1500}) != nullptr);
  CHECK(recent.Find(1, 7, {999, 2000}) == nullptr);
  CHECK(recent.Find(1, 7, {1000, 2001}) == nullptr);
  CHECK(recent.Find(1, 8, {1000, 2000}) == nullptr);
  CHECK(recent.Find(2, 7, {1000, 2000}) == nullptr);
  recent.Keep(1, 7, Known({0, 500}, {}));
  CHECK(recent.Find(1, 7, {1000, 2000}) == nullptr);
  CHECK(recent.Find(1, 7, {0, 500})->blocks().empty());
  CHECK(recent.bytes() > 0);
  CHECK(recent.bytes() < 1000);
}

}  // namespace
}  // namespace silverback

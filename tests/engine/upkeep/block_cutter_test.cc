#include "engine/upkeep/block_cutter.h"

#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/block/block.h"

namespace silverback {
namespace {

std::vector<TimestampMs> Every(TimestampMs step, TimestampMs from, size_t count) {
  std::vector<TimestampMs> times;
  for (size_t i = 0; i < count; ++i) times.push_back(from + static_cast<TimestampMs>(i) * step);
  return times;
}

std::vector<TimestampMs> FirstTimes(std::span<const TimestampMs> times) {
  std::vector<TimestampMs> firsts;
  const BlockCutter cutter(times);
  while (!times.empty()) {
    firsts.push_back(times.front());
    const size_t rows = cutter.NextBlock(times, true);
    REQUIRE(rows >= 1);
    REQUIRE(rows <= kMaxBlockSamples);
    times = times.subspan(rows);
  }
  return firsts;
}

TEST_CASE("regular series are cut into nearly full blocks") {
  const auto times = Every(15000, 1'700'000'000'000, 172800);
  const auto firsts = FirstTimes(times);
  CHECK(firsts.size() <= 172800 / 8000 + 2);
}

TEST_CASE("series of one target are cut at the same instants, whenever they started") {
  for (const TimestampMs step : {1000, 7000, 15000, 60000}) {
    const auto all = Every(step, 1'700'000'000'000, 50000);
    const auto long_firsts = FirstTimes(all);
    const auto short_firsts = FirstTimes(std::span(all).subspan(12345));
    REQUIRE(short_firsts.size() >= 3);
    // All but the first, which begins where the series does.
    for (size_t i = 1; i < short_firsts.size(); ++i) {
      CHECK(std::find(long_firsts.begin(), long_firsts.end(), short_firsts[i]) !=
            long_firsts.end());
    }
  }
}

TEST_CASE("rows that may go on are held back until it is known") {
  const auto times = Every(15000, 0, 5000);
  const BlockCutter cutter(times);
  CHECK(cutter.NextBlock(times, false) == 0);
  CHECK(cutter.NextBlock(times, true) == 5000);
  const auto more = Every(15000, 0, 9000);
  CHECK(cutter.NextBlock(more, false) == 8000);
  CHECK(cutter.IsWhole(8000, more[0], more[7999], &more[8000]));
  CHECK_FALSE(cutter.IsWhole(7999, more[0], more[7998], &more[7999]));
  CHECK(cutter.IsWhole(5000, more[0], more[4999], nullptr));
}

TEST_CASE("any times are cut, in order, into blocks of legal size") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 100; ++round) {
    std::vector<TimestampMs> times = {-static_cast<TimestampMs>(random() % 1'000'000'000'000)};
    const uint64_t spread = uint64_t{1} << (random() % 40);
    for (int i = 0; i < 20000; ++i) {
      times.push_back(times.back() + 1 + static_cast<TimestampMs>(random() % spread));
    }
    FirstTimes(times);
  }
  const std::vector<TimestampMs> extremes = {kMinTimestampMs, -1, 0, 1, kMaxTimestampMs};
  FirstTimes(extremes);
}

}  // namespace
}  // namespace silverback

#include "engine/head/buffer_pages.h"

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

std::unique_ptr<SeriesBuffer> NewBuffer(MetricId metric) {
  return std::make_unique<SeriesBuffer>(metric, std::nullopt);
}

/// Adds the numbers in an order of chance and compares with a map after each.
void CheckLikeMap(std::vector<uint64_t> numbers, uint64_t seed) {
  std::shuffle(numbers.begin(), numbers.end(), std::mt19937_64(seed));
  BufferPages pages;
  std::map<uint64_t, const SeriesBuffer*> expected;
  for (const uint64_t number : numbers) {
    REQUIRE(pages.Find(number) == nullptr);
    auto buffer = NewBuffer(static_cast<MetricId>(number));
    expected[number] = buffer.get();
    pages.Prefetch(number);
    pages.Add(number, std::move(buffer));
    pages.Prefetch(number);
    REQUIRE(pages.Find(number) == expected[number]);
  }
  for (const auto& [number, buffer] : expected) {
    REQUIRE(pages.Find(number) == buffer);
    if (!expected.contains(number + 1)) REQUIRE(pages.Find(number + 1) == nullptr);
  }
  std::map<uint64_t, const SeriesBuffer*> visited;
  pages.ForEach([&](uint64_t number, const SeriesBuffer& buffer) {
    REQUIRE(buffer.metric() == static_cast<MetricId>(number));
    REQUIRE(visited.emplace(number, &buffer).second);
  });
  CHECK(visited == expected);
}

TEST_CASE("buffers are found by their numbers, close together or far apart") {
  std::vector<uint64_t> close;
  std::vector<uint64_t> far;
  std::vector<uint64_t> holes;
  for (uint64_t i = 0; i < 1000; ++i) {
    close.push_back(i);
    far.push_back(i * 4097);
    if (i % 3 != 0) holes.push_back(i);
  }
  CheckLikeMap(close, 1);
  CheckLikeMap(far, 2);
  CheckLikeMap(holes, 3);
  CheckLikeMap({0, 63, 64, uint64_t{1} << 60}, 4);
}

TEST_CASE("a number among others costs little more than a pointer, one alone not much") {
  BufferPages close;
  BufferPages far;
  for (uint64_t i = 0; i < 6400; ++i) {
    close.Add(i, NewBuffer(1));
    far.Add(i * 64, NewBuffer(1));
  }
  CHECK(close.memory_bytes() < 9 * 6400);
  CHECK(far.memory_bytes() < 70 * 6400);
}

}  // namespace
}  // namespace silverback

#include "engine/head/generation.h"

#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/base/value.h"

namespace silverback {
namespace {

TEST_CASE("a generation lists its series in storage order") {
  Generation generation(1, nullptr, kMinTimestampMs);
  AppendCounts counts;
  const Sample sample{1000, 1};
  for (const auto& [series, metric] : {std::pair{5u, 2u}, {3u, 9u}, {9u, 1u}, {4u, 2u}}) {
    generation.Append(series, metric, {&sample, 1}, &counts);
  }
  const std::vector<SelectedSeries> expected = {{1, 9}, {2, 4}, {2, 5}, {9, 3}};
  CHECK(generation.Series() == expected);
  CHECK(generation.SeriesIds().cardinality() == 4);
  CHECK(generation.Contains(3));
  CHECK_FALSE(generation.Contains(1));
  CHECK(generation.time_range() == TimeRange{1000, 1000});
}

TEST_CASE("only a series that is there is appended to without its metric") {
  Generation generation(1, nullptr, kMinTimestampMs);
  AppendCounts counts;
  const Sample sample{1000, 1};
  CHECK_FALSE(generation.AppendIfPresent(1, {&sample, 1}, &counts));
  CHECK(generation.empty());
  generation.Append(1, 1, {&sample, 1}, &counts);
  const Sample next{2000, 1};
  CHECK(generation.AppendIfPresent(1, {&next, 1}, &counts));
  CHECK(counts.stored == 2);
}

TEST_CASE("tails pass from one generation to the next, and can replace it") {
  auto first = std::make_shared<Generation>(1, nullptr, kMinTimestampMs);
  AppendCounts counts;
  const Sample sample{1000, 1};
  first->Append(1, 1, {&sample, 1}, &counts);
  first->Freeze(1);
  Generation second(2, first, kMinTimestampMs);
  second.Append(1, 1, {&sample, 1}, &counts);
  CHECK(counts.duplicate == 1);

  Generation third(2, first, kMinTimestampMs);
  third.ReplaceTails(first->CopyTails());
  first.reset();
  third.Append(1, 1, {&sample, 1}, &counts);
  CHECK(counts.duplicate == 2);
}

TEST_CASE("a generation is read while it grows") {
  Generation generation(1, nullptr, kMinTimestampMs);
  constexpr int kSamples = 20000;
  std::thread reader([&] {
    std::vector<Sample> out;
    size_t before = 0;
    while (before < kSamples) {
      const auto copy = generation.Copy(1, {});
      if (!copy.has_value()) continue;
      copy->Read({}, &out);
      REQUIRE(out.size() >= before);
      before = out.size();
      for (size_t i = 0; i < out.size(); ++i) REQUIRE(out[i].value == static_cast<double>(i));
    }
  });
  AppendCounts counts;
  for (int i = 0; i < kSamples; ++i) {
    const Sample sample{i, 1.0 * i};
    generation.Append(1, 1, {&sample, 1}, &counts);
    generation.Append(2 + static_cast<SeriesId>(i % 100), 1, {&sample, 1}, &counts);
  }
  reader.join();
  CHECK(generation.stats().series == 101);
}

TEST_CASE("a series costs at most 500 bytes beside its chunk") {
  Generation generation(1, nullptr, kMinTimestampMs);
  AppendCounts counts;
  for (SeriesId series = 1; series <= 10000; ++series) {
    const Sample sample{1000, 1};
    generation.Append(series, 1, {&sample, 1}, &counts);
  }
  CHECK(generation.stats().bytes <= 500 * 10000);
}

}  // namespace
}  // namespace silverback

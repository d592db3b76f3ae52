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

TEST_CASE("only series that are there are appended to without their metrics") {
  Generation generation(1, nullptr, kMinTimestampMs);
  AppendCounts counts;
  HistogramSample histogram;
  histogram.timestamp_ms = 500;
  CHECK_FALSE(generation.AppendIfPresent(1, {&histogram, 1}, &counts));

  // Runs of one shard: more of them than are fetched at a time, and every other one's series is there.
  constexpr size_t kRuns = 100;
  std::vector<SampleRun> runs;
  std::vector<Sample> samples;
  std::vector<size_t> expected_absent;
  for (size_t i = 0; i < kRuns; ++i) {
    const SeriesId series = 1 + static_cast<SeriesId>(i * Generation::kShards);
    const Sample first{1000, 1};
    if (i % 2 == 0) {
      generation.Append(series, 1, {&first, 1}, &counts);
    } else {
      expected_absent.push_back(i);
    }
    runs.push_back({series, static_cast<uint32_t>(i % 3)});
    for (size_t s = 0; s < i % 3; ++s) {
      samples.push_back({2000 + static_cast<TimestampMs>(s), static_cast<double>(i)});
    }
  }
  std::vector<size_t> absent;
  generation.AppendIfPresent(runs, samples, &counts, &absent);
  CHECK(absent == expected_absent);
  for (size_t i = 0; i < kRuns; i += 2) {
    std::vector<Sample> got;
    generation.Copy(runs[i].series, {})->Read({}, &got);
    REQUIRE(got.size() == 1 + i % 3);
    CHECK(got.back().value == (i % 3 == 0 ? 1 : static_cast<double>(i)));
  }
  CHECK(generation.Series().size() == kRuns / 2);
  CHECK(generation.AppendIfPresent(1, {&histogram, 1}, &counts));
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

TEST_CASE("copied tails are those of the generation, for every series and no other") {
  // Close to each other, as those of a seal mostly are; and over more than 2^32 ms.
  const int64_t apart_ms = GENERATE(int64_t{1}, int64_t{1} << 21);
  Generation generation(1, nullptr, kMinTimestampMs);
  AppendCounts counts;
  constexpr SeriesId kSeries = 5000;
  for (SeriesId i = 0; i < kSeries; ++i) {
    const SeriesId id = i * 7919 % kSeries * 3;  // in no order, with gaps
    const Sample sample{1000 + static_cast<TimestampMs>(i) * apart_ms, static_cast<double>(id)};
    generation.Append(id, 1, {&sample, 1}, &counts);
  }
  const auto tails = generation.CopyTails();
  for (SeriesId id = 0; id < kSeries * 3 + 100; ++id) {
    const auto copied = tails->Find(id);
    const auto own = generation.Find(id);
    REQUIRE(copied.has_value() == own.has_value());
    REQUIRE(own.has_value() == (id % 3 == 0 && id < kSeries * 3));
    if (!own.has_value()) continue;
    REQUIRE(copied->last_ms == own->last_ms);
    REQUIRE(copied->last_bits == own->last_bits);
  }
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

TEST_CASE("a series costs at most 110 bytes, its chunk included") {
  Generation generation(1, nullptr, kMinTimestampMs);
  AppendCounts counts;
  for (SeriesId series = 1; series <= 10000; ++series) {
    const Sample sample{1000, 1};
    generation.Append(series, 1, {&sample, 1}, &counts);
  }
  CHECK(generation.stats().bytes <= 110 * 10000);
}

}  // namespace
}  // namespace silverback

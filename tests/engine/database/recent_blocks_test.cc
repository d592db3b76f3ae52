// Reads through the recent blocks against reads that pass every cache by.

#include <random>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/support/database/harness.h"

namespace silverback {
namespace {

using namespace silverback::testing;

constexpr int kSeries = 9;
constexpr TimestampMs kStepMs = 15'000;
constexpr TimestampMs kFrom = kNoon - 12 * kDay;

/// Three seals of four days each; the last series comes in the second, and some samples of the first come late. Blocks have 8,192 rows at most.
std::unique_ptr<Database> MakeDatabase(const std::string& path) {
  auto database = MustOpen(TestOptions(path));
  const auto append = [&](int i, TimestampMs from, TimestampMs to) {
    std::vector<Sample> samples;
    for (TimestampMs t = from; t < to; t += kStepMs) {
      samples.push_back({t + i, static_cast<double>(t % 1'000'003)});
    }
    const auto appender = database->NewAppender();
    Add(appender.get(), "up", i, samples);
    MustCommit(appender.get());
  };
  for (int part = 0; part < 3; ++part) {
    const TimestampMs from = kFrom + part * 4 * kDay;
    for (int i = 0; i < kSeries; ++i) {
      if (part > 0 || i < kSeries - 1) append(i, from, from + 4 * kDay);
    }
    if (part == 1) append(3, from - 2 * kDay + 7, from - kDay);
    MustBeOk(database->Seal());
  }
  return database;
}

using Samples = std::vector<std::pair<TimestampMs, uint64_t>>;  // with the bits of values

/// The samples of each of the series in `range`.
std::vector<Samples> Read(const ReadView& view, std::span<const SeriesHandle> series,
                          TimeRange range, CacheUse cache) {
  std::vector<Samples> all;
  auto cursor = view.Read(series, range, {.cache = cache});
  REQUIRE(cursor.ok());
  SeriesRuns runs;
  while ((*cursor)->Next(&runs).value()) {
    Samples& samples = all.emplace_back();
    for (const Run& run : runs.runs) {
      for (size_t row = 0; row < run.size(); ++row) {
        samples.emplace_back(run.times()[row], BitsOf(run.ValueAt(row)));
      }
    }
  }
  REQUIRE((*cursor)->losses().empty());
  return all;
}

TEST_CASE("what recent blocks give is what the store gives, for any range and series") {
  const TemporaryDirectory directory;
  const auto database = MakeDatabase(directory.path());
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 300; ++round) {
    const auto view = database->NewView().value();
    const auto series = view->Select({}, {}).value();
    REQUIRE(series.size() == kSeries);
    // Of few places, so that ranges lie within each other now and then.
    const TimestampMs from = kFrom - kDay + static_cast<TimestampMs>(random() % 14) * kDay +
                             (random() % 2 == 0 ? 0 : 17);
    const TimeRange range{from, from + static_cast<TimestampMs>(random() % (2 * kDay))};
    const size_t first = random() % kSeries;
    const auto some = std::span(series).subspan(first, 1 + random() % (kSeries - first));
    REQUIRE(Read(*view, some, range, CacheUse::kRecent) ==
            Read(*view, some, range, CacheUse::kNone));
    if (round == 200) {
      // What is deleted is gone from what is known, too.
      const std::vector<std::vector<Matcher>> sets = {{Matcher::Equal("__name__", "up")}};
      MustBeOk(database->Delete(sets, {kFrom + 5 * kDay, kFrom + 6 * kDay}));
    }
  }
  CHECK(database->Stats().recent_blocks_bytes > 0);
}

TEST_CASE("a short read that comes again does not ask the store") {
  const TemporaryDirectory directory;
  const auto database = MakeDatabase(directory.path());
  const auto view = database->NewView().value();
  const auto series = view->Select({}, {}).value();
  const TimeRange range{kNoon - kHour, kNoon};
  REQUIRE(view->CacheFor(series, range) == CacheUse::kRecent);
  const auto looked_up = [&] {
    const DatabaseStats stats = database->Stats();
    return stats.block_cache_hits + stats.block_cache_misses;
  };
  const auto samples = Read(*view, series, range, CacheUse::kRecent);
  REQUIRE(samples[0].size() == 240);
  const uint64_t before = looked_up();
  CHECK(Read(*view, series, range, CacheUse::kRecent) == samples);
  // The same an interval later, or shorter.
  Read(*view, series, {range.min_ms + kHour / 2, kNoon + kHour}, CacheUse::kRecent);
  CHECK(looked_up() == before);
  CHECK(Read(*view, series, range, CacheUse::kStore) == samples);
  CHECK(looked_up() > before);
}

TEST_CASE("a read of much leaves the recent blocks alone") {
  const TemporaryDirectory directory;
  MakeDatabase(directory.path());
  DatabaseOptions options = TestOptions(directory.path());
  options.block_cache_bytes = 512 << 10;
  const auto database = MustOpen(options);
  const auto view = database->NewView().value();
  const auto series = view->Select({}, {}).value();
  CHECK(view->CacheFor(series, {kNoon - kHour, kNoon}) != CacheUse::kRecent);
  const auto one = std::span(series).first(1);
  CHECK(view->CacheFor(one, {kNoon - kHour, kNoon}) == CacheUse::kRecent);
  CHECK(view->CacheFor({}, {kNoon - kHour, kNoon}) == CacheUse::kStore);
  ReadAll(*view, {kNoon - kHour, kNoon});
  CHECK(database->Stats().recent_blocks_bytes == 0);
}

}  // namespace
}  // namespace silverback

// What a database does by itself: seals when its log is full, merges.
#include <bit>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/support/database/harness.h"

namespace silverback {
namespace {

using namespace silverback::testing;

TEST_CASE("the log seals itself away when it reaches its cap") {
  const TemporaryDirectory directory;
  DatabaseOptions options = TestOptions(directory.File("data"));
  options.background = true;
  options.merge_interval_ms = 10;
  options.wal_max_bytes = 256 << 10;
  const auto database = MustOpen(options);
  Contents contents;
  for (int round = 0; round < 60; ++round) {
    std::vector<Sample> samples;
    for (int i = 0; i < 5000; ++i) {
      samples.push_back({kNoon - kDay + (round * 5000 + i) * 200LL, 1.0 / (i + 1)});
    }
    for (;;) {
      const auto appender = database->NewAppender();
      Add(appender.get(), "up", 1, samples);
      if (const auto result = appender->Commit(); result.ok()) break;
      // At twice the cap the log refuses until the seal has caught up.
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    AddTo(&contents, "up", 1, samples);
  }
  CHECK(database->Stats().seals > 0);
  CheckSame(ReadAll(*database), contents);
}

TEST_CASE("the log seals itself away when it has many rows, however short they are") {
  const TemporaryDirectory directory;
  DatabaseOptions options = TestOptions(directory.File("data"));
  constexpr int kSeries = 100;
  Contents contents;
  auto database = MustOpen(options);
  int round = 0;
  const auto commit = [&] {
    const auto appender = database->NewAppender();
    const std::vector<Sample> samples = {{kNoon - kDay + 15'000LL * round++, 1}};
    for (int i = 0; i < kSeries; ++i) {
      Add(appender.get(), "up", i, samples);
      AddTo(&contents, "up", i, samples);
    }
    MustCommit(appender.get());
  };
  for (int i = 0; i < 6; ++i) commit();
  // Those that a restart reads again count as well.
  database.reset();
  options.background = true;
  options.wal_max_rows = 10 * kSeries;
  database = MustOpen(options);
  for (int i = 0; i < 3; ++i) commit();
  CHECK(database->Stats().seals == 0);
  commit();
  while (database->Stats().seals == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  CheckSame(ReadAll(*database), contents);
}

TEST_CASE("merges in the background write no faster than they may") {
  const TemporaryDirectory directory;
  DatabaseOptions options = TestOptions(directory.File("data"));
  constexpr int kParts = 8;
  constexpr int kSeries = 50;
  constexpr int kSamples = 100;
  std::mt19937_64 random(1);
  for (int part = 0; part < kParts; ++part) {
    const auto database = MustOpen(options);
    for (int series = 0; series < kSeries; ++series) {
      std::vector<Sample> samples;  // that nothing compresses
      for (int i = 0; i < kSamples; ++i) {
        const TimestampMs t = kNoon - kDay + (part * kSamples + i) * 15'000LL;
        samples.push_back({t, std::bit_cast<double>(random() >> 2)});
      }
      AddOne(database.get(), "up", series, samples);
    }
    MustBeOk(database->Seal());
  }
  options.background = true;
  options.merge_interval_ms = 10;
  options.merge_bytes_per_second = 500'000;
  const auto database = MustOpen(options);
  while (database->Stats().merges == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  // The limiter lets a tenth of a second's bytes through at once.
  const double bytes = 7.0 * kParts * kSeries * kSamples;
  CHECK(static_cast<double>(database->Stats().merge_ns) * 1e-9 >= bytes / 500'000 - 0.2);
}

}  // namespace
}  // namespace silverback

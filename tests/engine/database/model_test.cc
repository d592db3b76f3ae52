// Random work against a map: appends of every sort, seals, merges, restarts, copies as a kill would
// leave them; every read is compared.

#include <atomic>
#include <filesystem>
#include <iterator>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/support/database/harness.h"

namespace silverback {
namespace {

using namespace silverback::testing;

class Model {
 public:
  Model(uint64_t seed, const std::string& path) : random_(seed), options_(TestOptions(path)) {
    // Two months and a border inside the range that is written to.
    now_ = kNoon - 12 * kDay;
    options_.clock = [this] { return now_.load(); };
    options_.retention_ms = 400 * kDay;
    options_.wal_segment_bytes = 4096 << Pick(6);
    database_ = MustOpen(options_);
  }

  void Run(int steps) {
    for (int step = 0; step < steps; ++step) {
      INFO("step " << step);
      const uint64_t dice = Pick(100);
      if (dice < 60) {
        Append();
      } else if (dice < 72) {
        Compare();
      } else if (dice < 84) {
        MustBeOk(database_->Seal());
      } else if (dice < 88) {
        MustBeOk(database_->Compact({}));
      } else if (dice < 93) {
        Reopen();
      } else if (dice < 97) {
        CompareCopy();
      } else {
        held_ = *database_->NewView();
        held_contents_ = contents_;
      }
      if (held_ != nullptr && Pick(4) == 0) CompareHeld();
    }
    held_.reset();
    Compare();
    MustBeOk(database_->Compact({}));
    Compare();
    CheckVerified();
  }

 private:
  uint64_t Pick(uint64_t below) { return random_() % below; }

  double RandomValue() {
    static constexpr uint64_t kSpecials[] = {kStaleNanBits,      kNormalNanBits,
                                             0x7ff8000000000123, 0xfff0000000000000,
                                             0x8000000000000000, 1};
    if (Pick(12) == 0) return ValueOf(kSpecials[Pick(std::size(kSpecials))]);
    if (Pick(4) == 0) return ValueOf(random_());
    return static_cast<double>(Pick(5));
  }

  void Append() {
    const uint64_t series = 1 + Pick(12);
    const uint64_t style = Pick(10);
    now_ += static_cast<TimestampMs>(Pick(style == 0 ? 3 * kDay : 10 * 60 * 1000));
    const auto appender = database_->NewAppender();
    for (uint64_t s = 0; s < series; ++s) {
      const std::string name = Pick(3) == 0 ? "up" : "requests_total";
      const int i = static_cast<int>(Pick(8));
      std::vector<Sample> samples;
      TimestampMs t = now_;
      const uint64_t count = style == 1 ? Pick(3000) : 1 + Pick(20);
      if (style < 4) t -= static_cast<TimestampMs>(Pick(20 * kDay));  // late
      for (uint64_t k = 0; k < count && t <= now_ + kHour / 10; ++k) {
        samples.push_back({t, RandomValue()});
        t += style == 2 ? static_cast<TimestampMs>(Pick(3)) - 1
                        : 1 + static_cast<TimestampMs>(Pick(15000));
      }
      if (Pick(5) == 0) samples.insert(samples.end(), samples.begin(), samples.end());  // a retry
      Add(appender.get(), name, i, samples);
      for (const Sample& sample : samples) {
        contents_[SeriesName(name, i)][sample.timestamp_ms] = BitsOf(sample.value);
      }
    }
    std::erase_if(contents_, [](const auto& entry) { return entry.second.empty(); });
    const AppendResult result = MustCommit(appender.get());
    REQUIRE(result.rejected.empty());
  }

  void Compare() {
    CheckSame(ReadAll(*database_), contents_);
    const TimestampMs from = now_ - static_cast<TimestampMs>(Pick(25 * kDay));
    const TimeRange range{from, from + static_cast<TimestampMs>(Pick(2 * kDay))};
    CheckSame(ReadAll(*database_, range), Clip(contents_, range));
  }

  void CompareHeld() {
    // The active generation went on growing, and may have got another value for a time; but no time
    // that the view held has gone.
    const Contents shown = ReadAll(*held_);
    for (const auto& [series, samples] : held_contents_) {
      REQUIRE(shown.contains(series));
      for (const auto& [t, bits] : samples) REQUIRE(shown.at(series).contains(t));
    }
    if (Pick(3) == 0) held_.reset();
  }

  void Reopen() {
    held_.reset();
    database_.reset();
    database_ = MustOpen(options_);
  }

  /// The directory as a killed process leaves it: the files of this moment, opened elsewhere.
  void CompareCopy() {
    const std::string copy = options_.path + ".copy";
    CopyDirectory(options_.path, copy);
    DatabaseOptions options = options_;
    options.path = copy;
    {
      const auto killed = MustOpen(options);
      CheckSame(ReadAll(*killed), contents_);
    }
    options.read_only = true;
    const auto reopened = MustOpen(options);
    CheckSame(ReadAll(*reopened), contents_);
  }

  void CheckVerified() {
    const auto report = database_->Verify({});
    REQUIRE(report.ok());
    for (const Finding& finding : report->findings)
      FAIL_CHECK(finding.where << ": " << finding.what);
  }

  std::mt19937_64 random_;
  std::atomic<TimestampMs> now_{0};
  DatabaseOptions options_;
  std::unique_ptr<Database> database_;
  Contents contents_;
  std::shared_ptr<const ReadView> held_;
  Contents held_contents_;
};

TEST_CASE("whatever is done to it, a database holds what was written last") {
  const uint64_t base = std::random_device{}();
  for (uint64_t round = 0; round < 6; ++round) {
    const uint64_t seed = base + round;
    INFO("seed " << seed);
    const TemporaryDirectory directory;
    Model(seed, directory.File("data")).Run(60);
  }
}

TEST_CASE("a kill between any two steps of upkeep loses nothing", "[faults]") {
  const TemporaryDirectory directory;
  DatabaseOptions options = TestOptions(directory.File("data"));
  options.retention_ms = 20 * kDay;
  std::atomic<TimestampMs> now{kNoon};
  options.clock = [&now] { return now.load(); };
  Contents contents;
  std::atomic<int> copies{0};
  std::vector<std::string> steps;
  options.step_hook = [&](std::string_view step) {
    INFO("step " << step);
    steps.emplace_back(step);
    const std::string copy = directory.File(fmt::format("copy-{}", copies++));
    CopyDirectory(options.path, copy);
    DatabaseOptions copy_options = options;
    copy_options.path = copy;
    copy_options.step_hook = nullptr;
    auto killed = MustOpen(copy_options);
    TimestampMs newest = kMinTimestampMs;
    for (const auto& [series, samples] : contents) {
      newest = std::max(newest, samples.rbegin()->first);
    }
    const TimeRange kept{newest - options.retention_ms, kMaxTimestampMs};
    CheckSame(ReadAll(*killed), Clip(contents, kept));
    MustBeOk(killed->Compact({}));
    CheckSame(ReadAll(*killed), Clip(contents, kept));
    const auto report = killed->Verify({});
    REQUIRE(report.ok());
    for (const Finding& finding : report->findings)
      FAIL_CHECK(finding.where << ": " << finding.what);
    killed.reset();
    std::filesystem::remove_all(copy);
  };
  const auto database = MustOpen(options);
  std::mt19937_64 random(7);
  for (int round = 0; round < 12; ++round) {
    now += 3 * kDay;
    for (int i = 0; i < 6; ++i) {
      std::vector<Sample> samples;
      for (int k = 0; k < 30; ++k) {
        samples.push_back({now - kHour + k * 60000, static_cast<double>(random() % 100)});
      }
      samples.push_back({now - static_cast<TimestampMs>(random() % (10 * kDay)), 1.5});
      AddOne(database.get(), "up", i + round, samples);
      for (const Sample& sample : samples) {
        contents[SeriesName("up", i + round)][sample.timestamp_ms] = BitsOf(sample.value);
      }
    }
    if (round % 4 == 3) {
      MustBeOk(database->Compact({}));
    } else {
      MustBeOk(database->Seal());
    }
  }
  for (const std::string_view step :
       {"seal: encoded", "seal: committed", "seal: log dropped", "merge: written",
        "merge: committed", "merge: published", "retention: parts dropped"}) {
    CHECK(std::find(steps.begin(), steps.end(), step) != steps.end());
  }
}

TEST_CASE("readers, writers, seals and merges run side by side") {
  const TemporaryDirectory directory;
  DatabaseOptions options = TestOptions(directory.File("data"));
  options.background = true;
  options.merge_interval_ms = 5;
  options.wal_max_bytes = 1 << 20;
  const auto database = MustOpen(options);
  constexpr int kWriters = 3;
  constexpr int kRounds = 300;
  std::atomic<int> written[kWriters] = {};
  std::vector<std::thread> threads;
  for (int w = 0; w < kWriters; ++w) {
    threads.emplace_back([&, w] {
      for (int round = 0; round < kRounds; ++round) {
        const auto appender = database->NewAppender();
        for (int i = 0; i < 10; ++i) {
          const Sample sample{kNoon - kDay + round * 15000, 1.0 * round};
          Add(appender.get(), fmt::format("w{}", w), i, {&sample, 1});
        }
        const auto result = appender->Commit();
        if (!result.ok()) {
          --round;
          std::this_thread::yield();
          continue;
        }
        written[w] = round + 1;
      }
    });
  }
  std::atomic<bool> stop{false};
  std::atomic<int> bad{0};
  threads.emplace_back([&] {
    while (!stop) {
      int before[kWriters];
      for (int w = 0; w < kWriters; ++w) before[w] = written[w];
      const auto view = database->NewView();
      const auto series = (*view)->Select({}, {});
      const auto labels = (*view)->LabelsOf(*series);
      auto cursor = (*view)->Read(*series, {});
      SeriesRuns runs;
      int seen[kWriters] = {};
      for (size_t i = 0; *(*cursor)->Next(&runs); ++i) {
        const int w = (*labels)[i].Get("__name__")[1] - '0';
        int rows = 0;
        for (const Run& run : runs.runs) {
          for (size_t row = 0; row < run.size(); ++row, ++rows) {
            if (run.ValueAt(row) != rows) ++bad;
          }
        }
        if (rows < before[w]) ++bad;
        ++seen[w];
      }
      for (int w = 0; w < kWriters; ++w) {
        if (before[w] > 0 && seen[w] != 10) ++bad;
      }
      if (!(*cursor)->losses().empty()) ++bad;
    }
  });
  threads.emplace_back([&] {
    while (!stop) {
      if (!database->Seal().ok()) ++bad;
      std::this_thread::sleep_for(std::chrono::milliseconds(3));
    }
  });
  for (int w = 0; w < kWriters; ++w) threads[static_cast<size_t>(w)].join();
  stop = true;
  for (size_t t = kWriters; t < threads.size(); ++t) threads[t].join();
  CHECK(bad == 0);
  const Contents contents = ReadAll(*database);
  CHECK(contents.size() == kWriters * 10);
  for (const auto& [series, samples] : contents) CHECK(samples.size() == kRounds);
}

}  // namespace
}  // namespace silverback

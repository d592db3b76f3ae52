// Series leave with their last sample: what a sweep removes, what it must not, and what a crash in between leaves.
#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/support/database/harness.h"

namespace silverback {
namespace {

using namespace silverback::testing;

constexpr TimestampMs kMinute = 60'000;

/// A database whose retention is shorter than a day, and what it should hold of all that was ever written.
class Aging {
 public:
  explicit Aging(TimestampMs retention_ms = kHour, uint32_t max_series = 0) {
    options_ = TestOptions(directory_.File("data"));
    options_.retention_ms = retention_ms;
    options_.max_series = max_series;
    options_.clock = [this] { return now_.load(); };
    options_.step_hook = [this](std::string_view step) {
      if (on_step) on_step(step);
    };
    database_ = MustOpen(options_);
  }

  AppendResult Write(const std::string& name, int i, double value = 1, TimestampMs ago_ms = 0) {
    const TimestampMs t = now_ - ago_ms;
    contents_[SeriesName(name, i)][t] = BitsOf(value);
    return AddOne(database_.get(), name, i, {{t, value}});
  }
  void Seal() { MustBeOk(database_->Seal()); }
  void ApplyRetention() { MustBeOk(database_->ApplyRetention()); }
  void Wait(TimestampMs ms) { now_ += ms; }

  uint64_t series_total() const { return database_->Stats().series_total; }
  /// What retention leaves of all that was written.
  Contents Expected() const {
    return Clip(contents_, {now_ - options_.retention_ms, kMaxTimestampMs});
  }
  void CheckContents() const { CheckSame(ReadAll(*database_), Expected()); }
  std::vector<std::string> ValuesOf(const std::string& label) const {
    const auto view = database_->NewView();
    REQUIRE(view.ok());
    const auto values = (*view)->LabelValues(label, {}, TimeRange{}, 0);
    REQUIRE(values.ok());
    return *values;
  }

  Database& database() { return *database_; }
  const DatabaseOptions& options() const { return options_; }
  std::string File(const std::string& name) const { return directory_.File(name); }

  std::function<void(std::string_view step)> on_step;

 private:
  TemporaryDirectory directory_;
  std::atomic<TimestampMs> now_{kNoon};
  DatabaseOptions options_;
  std::unique_ptr<Database> database_;
  Contents contents_;
};

/// Does something once, at the first of the steps of that name.
std::function<void(std::string_view)> Once(std::string_view name, std::function<void()> action) {
  return [name, action, done = false](std::string_view step) mutable {
    if (done || step != name) return;
    done = true;
    action();
  };
}

TEST_CASE("a series leaves when the last part with samples of it is dropped, within the day") {
  Aging aging(kHour, /*max_series=*/6);
  for (int i = 0; i < 5; ++i) aging.Write("old", i);
  aging.Seal();
  aging.Wait(40 * kMinute);
  aging.Write("new", 1);
  aging.Seal();
  aging.ApplyRetention();
  CHECK(aging.series_total() == 6);
  aging.Wait(40 * kMinute);
  aging.Write("new", 1);
  const AppendResult refused = aging.Write("new", 2);
  REQUIRE(refused.rejected.size() == 1);
  CHECK(refused.rejected[0].reason == RejectReason::kSeriesLimit);
  aging.ApplyRetention();
  CHECK(aging.series_total() == 1);
  CHECK(aging.ValuesOf("__name__") == std::vector<std::string>{"new"});
  CHECK(aging.ValuesOf("i") == std::vector<std::string>{"1"});
  // There is room for others again, and what has left can come back.
  CHECK(aging.Write("new", 2).series_created == 1);
  CHECK(aging.Write("old", 1).series_created == 1);
  aging.CheckContents();
  const auto report = aging.database().Verify({});
  REQUIRE(report.ok());
  CHECK(report->findings.empty());
}

TEST_CASE("a series with a sample in the head or in a part that is left stays") {
  Aging aging;
  for (const char* name : {"gone", "in a part", "in the head", "comes late"}) aging.Write(name, 1);
  aging.Seal();
  aging.Wait(30 * kMinute);
  aging.Write("in a part", 1);
  aging.Write("other", 1);
  aging.Seal();
  aging.Wait(40 * kMinute);
  aging.Write("in the head", 1);
  aging.on_step = Once("retention: parts dropped", [&] { aging.Write("comes late", 1); });
  aging.ApplyRetention();
  CHECK(aging.series_total() == 4);
  CHECK(aging.ValuesOf("__name__") ==
        std::vector<std::string>{"comes late", "in a part", "in the head", "other"});
  aging.CheckContents();
  // They have kept their ids.
  for (const char* name : {"in a part", "in the head", "comes late"}) {
    CHECK(aging.Write(name, 1).series_created == 0);
  }
}

TEST_CASE("a series that is written to while it is about to leave stays") {
  Aging aging;
  aging.Write("old", 1);
  aging.Write("old", 2);
  aging.Seal();
  aging.Wait(70 * kMinute);
  aging.Write("new", 1);

  SECTION("and has its sample in the head") {
    aging.on_step = Once("sweep: found", [&] { aging.Write("old", 2); });
    aging.ApplyRetention();
    CHECK(aging.series_total() == 2);
  }
  SECTION("or in a part that was sealed meanwhile: then all wait for the next time") {
    aging.on_step = Once("sweep: found", [&] {
      aging.Write("old", 2);
      aging.Seal();
    });
    aging.ApplyRetention();
    CHECK(aging.series_total() == 3);
    aging.ApplyRetention();
    CHECK(aging.series_total() == 2);
  }
  aging.CheckContents();
  CHECK(aging.Write("old", 2).series_created == 0);
  CHECK(aging.Write("old", 1).series_created == 1);
  aging.CheckContents();
}

TEST_CASE("a request that has looked up a series which leaves is to be sent again") {
  Aging aging;
  aging.Write("old", 1);
  aging.Seal();
  aging.Wait(70 * kMinute);
  aging.Write("new", 1);
  const auto early = aging.database().NewAppender();
  const std::vector<Sample> sample = {{aging.options().clock(), 2}};
  REQUIRE(early->AppendKnown("old/1", sample));
  aging.ApplyRetention();
  CHECK(early->Commit().status().code() == absl::StatusCode::kUnavailable);
  CHECK_FALSE(aging.database().NewAppender()->AppendKnown("old/1", sample));
  CHECK(aging.Write("old", 1, 2).series_created == 1);
  aging.CheckContents();
}

TEST_CASE("series of the cutoff's day that were active on a later one stay, others leave") {
  Aging aging(/*retention_ms=*/2 * kDay);
  for (const char* name : {"short", "long"}) aging.Write(name, 1);
  aging.Seal();
  aging.Wait(kDay);
  aging.Write("long", 1);
  aging.Seal();
  aging.Wait(kDay + kHour);
  aging.Write("new", 1);
  aging.ApplyRetention();
  CHECK(aging.ValuesOf("__name__") == std::vector<std::string>{"long", "new"});
  CHECK(aging.series_total() == 2);
  aging.CheckContents();
}

TEST_CASE("a merge that leaves the last sample of a series out lets it go") {
  Aging aging;
  aging.Write("old", 1);
  aging.Wait(30 * kMinute);
  aging.Write("new", 1);
  aging.Seal();
  aging.Write("new", 1, /*value=*/2, /*ago_ms=*/10 * kMinute);
  aging.Seal();
  aging.Wait(40 * kMinute);
  aging.Write("new", 1);
  // The part with the old sample has a younger one, too.
  aging.ApplyRetention();
  CHECK(aging.series_total() == 2);
  MustBeOk(aging.database().Compact({}));  // the first two parts become one
  REQUIRE(aging.database().Parts().size() == 2);
  CHECK(aging.series_total() == 2);
  aging.ApplyRetention();
  CHECK(aging.series_total() == 1);
  aging.CheckContents();
}

TEST_CASE("a view keeps series that leave while it lives") {
  Aging aging;
  for (int i = 0; i < 3; ++i) aging.Write("old", i);
  aging.Seal();
  aging.Wait(50 * kMinute);
  aging.Write("new", 1);
  aging.Seal();
  const Contents before = aging.Expected();
  const TimeRange until_now{kMinTimestampMs, aging.options().clock()};
  const auto view = aging.database().NewView();
  REQUIRE(view.ok());
  CheckSame(ReadAll(**view, until_now), before);
  aging.Wait(20 * kMinute);
  aging.Write("new", 1);
  aging.ApplyRetention();
  CHECK(aging.series_total() == 1);
  CheckSame(ReadAll(**view, until_now), before);
  aging.CheckContents();
}

TEST_CASE("a kill between any two steps of a sweep leaves series whole or gone") {
  constexpr int kSeries = 2500;  // more than are removed at once
  Aging aging;
  {
    const auto appender = aging.database().NewAppender();
    const std::vector<Sample> sample = {{kNoon, 1}};
    for (int i = 0; i < kSeries; ++i) Add(appender.get(), "old", i, sample);
    MustCommit(appender.get());
  }
  aging.Seal();
  aging.Wait(70 * kMinute);
  aging.Write("new", 1);
  std::multiset<std::string> steps;
  aging.on_step = [&](std::string_view step) {
    if (!step.starts_with("sweep: ") && !step.starts_with("retention: ")) return;
    steps.emplace(step);
    INFO("step " << step);
    DatabaseOptions options = aging.options();
    options.path = aging.File("copy");
    options.step_hook = nullptr;
    CopyDirectory(aging.options().path, options.path);
    auto killed = MustOpen(options);
    CheckSame(ReadAll(*killed), aging.Expected());
    const auto report = killed->Verify({});
    REQUIRE(report.ok());
    for (const Finding& finding : report->findings) FAIL_CHECK(finding.what);
    MustBeOk(killed->ApplyRetention());
    CHECK(killed->Stats().series_total == 1);
    killed.reset();
    std::filesystem::remove_all(options.path);
  };
  aging.ApplyRetention();
  CHECK(aging.series_total() == 1);
  CHECK(steps.count("sweep: some forgotten") == 3);
  CHECK(steps.count("sweep: done") == 1);
}

}  // namespace
}  // namespace silverback

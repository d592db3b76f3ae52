#include "engine/database/database.h"

#include <atomic>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/support/database/harness.h"
#include "tests/support/fault_file_system.h"

namespace silverback {
namespace {

using namespace silverback::testing;

std::vector<Sample> Scrapes(TimestampMs from, int count, TimestampMs step = 15000) {
  std::vector<Sample> samples;
  for (int i = 0; i < count; ++i) samples.push_back({from + i * step, 1.0 * i});
  return samples;
}

TEST_CASE(
    "a range that begins before, in, between or after the blocks of a series has its samples") {
  const TemporaryDirectory directory;
  const auto database = MustOpen(TestOptions(directory.File("data")));
  Contents contents;
  // One to five blocks a series, and some with a hole in which a range can lie whole.
  const TimestampMs begin = kNoon - 8 * kDay;
  for (int i = 0; i < 12; ++i) {
    auto samples = Scrapes(begin + i * kHour, 800 + 8000 * (i % 5));
    if (i % 3 == 0) samples.erase(samples.begin() + 200, samples.begin() + 700);
    AddOne(database.get(), "up", i, samples);
    AddTo(&contents, "up", i, samples);
  }
  MustBeOk(database->Seal());
  std::mt19937_64 random(20261128);
  for (int round = 0; round < 60; ++round) {
    const TimestampMs from = begin - kHour + static_cast<TimestampMs>(random() % (8 * kDay));
    const TimestampMs length =
        round % 2 == 0 ? kHour : static_cast<TimestampMs>(random() % (2 * kDay));
    CheckSame(ReadAll(*database, {from, from + length}), Clip(contents, {from, from + length}));
  }
}

TEST_CASE("what was acknowledged is visible at once, after a restart, and after a seal") {
  const TemporaryDirectory directory;
  const DatabaseOptions options = TestOptions(directory.File("data"));
  Contents contents;
  auto database = MustOpen(options);
  for (int i = 0; i < 20; ++i) {
    const auto samples = Scrapes(kNoon - kHour, 100);
    const AppendResult result = AddOne(database.get(), "up", i, samples);
    CHECK(result.samples_stored == 100);
    CHECK(result.series_created == 1);
    AddTo(&contents, "up", i, samples);
  }
  CheckSame(ReadAll(*database), contents);
  database.reset();
  database = MustOpen(options);
  CheckSame(ReadAll(*database), contents);
  MustBeOk(database->Seal());
  CHECK(database->Stats().parts == 1);
  CHECK(database->Stats().wal_bytes == 0);
  CheckSame(ReadAll(*database), contents);
  database.reset();
  database = MustOpen(options);
  CheckSame(ReadAll(*database), contents);
  const TimeRange range{kNoon - kHour + 20000, kNoon - kHour + 200000};
  CheckSame(ReadAll(*database, range), Clip(contents, range));
}

TEST_CASE("a second database on the same directory is refused") {
  const TemporaryDirectory directory;
  const DatabaseOptions options = TestOptions(directory.File("data"));
  const auto database = MustOpen(options);
  const auto second = Database::Open(options);
  REQUIRE_FALSE(second.ok());
  CHECK(second.status().code() == absl::StatusCode::kFailedPrecondition);
}

TEST_CASE("a request keeps what is valid and says what is not") {
  const TemporaryDirectory directory;
  DatabaseOptions options = TestOptions(directory.File("data"));
  options.retention_ms = 30 * kDay;
  const auto database = MustOpen(options);
  const auto appender = database->NewAppender();
  const std::vector<Sample> samples = {{kNoon - 40 * kDay, 1}, {kNoon, 2}, {kNoon + kHour, 3}};
  Add(appender.get(), "good", 1, samples);
  const std::vector<Label> twice = {{"b", "1"}, {"a", "1"}, {"b", "2"}};
  appender->AppendNew("twice", twice, samples);
  appender->AppendNew("none", {}, samples);
  const AppendResult result = MustCommit(appender.get());
  CHECK(result.samples_stored == 1);
  REQUIRE(result.rejected.size() == 3);
  for (const auto& rejected : result.rejected) {
    INFO(rejected.example);
    CHECK_FALSE(rejected.example.empty());
    if (rejected.reason == RejectReason::kInvalidLabels) {
      CHECK(rejected.series == 2);
      CHECK(rejected.samples == 6);
    } else {
      CHECK(rejected.series == 1);
      CHECK(rejected.samples == 1);
    }
  }
  Contents contents;
  AddTo(&contents, "good", 1, {{kNoon, 2}});
  CheckSame(ReadAll(*database), contents);
}

TEST_CASE("labels that are not sorted make the series that they make when they are") {
  const TemporaryDirectory directory;
  const auto database = MustOpen(TestOptions(directory.File("data")));
  const auto appender = database->NewAppender();
  const std::vector<Label> unsorted = {{"b", "1"}, {"a", "2"}, {kMetricName, "up"}};
  const std::vector<Label> sorted = {{kMetricName, "up"}, {"a", "2"}, {"b", "1"}};
  appender->AppendNew("unsorted", unsorted, std::vector<Sample>{{kNoon, 1}});
  appender->AppendNew("sorted", sorted, std::vector<Sample>{{kNoon + 1, 2}});
  CHECK(MustCommit(appender.get()).rejected.empty());
  const auto later = database->NewAppender();
  CHECK(later->AppendKnown("unsorted", std::vector<Sample>{{kNoon + 2, 3}}));
  CHECK(MustCommit(later.get()).samples_stored == 1);
  const Contents contents = ReadAll(*database);
  REQUIRE(contents.size() == 1);
  CHECK(contents.begin()->second.size() == 3);
}

TEST_CASE("the bound on series refuses new ones and goes on with those it has") {
  const TemporaryDirectory directory;
  DatabaseOptions options = TestOptions(directory.File("data"));
  options.max_series = 3;
  const auto database = MustOpen(options);
  for (int i = 0; i < 3; ++i) AddOne(database.get(), "up", i, {{kNoon - 1000, 1}});
  const auto appender = database->NewAppender();
  for (int i = 0; i < 5; ++i) Add(appender.get(), "up", i, std::vector<Sample>{{kNoon, 2}});
  const AppendResult result = MustCommit(appender.get());
  CHECK(result.samples_stored == 3);
  REQUIRE(result.rejected.size() == 1);
  CHECK(result.rejected[0].reason == RejectReason::kSeriesLimit);
  CHECK(result.rejected[0].series == 2);
  CHECK(result.rejected[0].example.find("max-series") != std::string::npos);
}

TEST_CASE("series scraped together share their timestamps, in the head and in parts") {
  const TemporaryDirectory directory;
  const auto database = MustOpen(TestOptions(directory.File("data")));
  for (int i = 0; i < 10; ++i) AddOne(database.get(), "up", i, Scrapes(kNoon - kHour, 50));
  for (int pass = 0; pass < 2; ++pass) {
    const auto view = database->NewView();
    REQUIRE(view.ok());
    const auto series = (*view)->Select({}, {});
    REQUIRE(series.ok());
    REQUIRE(series->size() == 10);
    auto cursor = (*view)->Read(*series, {});
    REQUIRE(cursor.ok());
    SeriesRuns runs;
    std::optional<TimesView> times;
    while (*(*cursor)->Next(&runs)) {
      REQUIRE(runs.runs.size() == 1);
      if (times.has_value()) CHECK(runs.runs[0].times().IsSame(*times));
      times = runs.runs[0].times();
      CHECK((runs.runs[0].block() != nullptr) == (pass == 1));
    }
    MustBeOk(database->Seal());
  }
}

TEST_CASE("the last written wins, whether it is in the head, in parts or merged") {
  const TemporaryDirectory directory;
  const DatabaseOptions options = TestOptions(directory.File("data"));
  auto database = MustOpen(options);
  AddOne(database.get(), "up", 1, Scrapes(kNoon - kHour, 100));
  Contents contents;
  AddTo(&contents, "up", 1, Scrapes(kNoon - kHour, 100));
  const std::vector<Sample> changed = {{kNoon - kHour + 15000, 77}, {kNoon - kHour + 16000, 78}};
  const AppendResult result = AddOne(database.get(), "up", 1, changed);
  CHECK(result.samples_overwritten == 1);
  CHECK(result.samples_late == 2);
  AddTo(&contents, "up", 1, changed);
  CheckSame(ReadAll(*database), contents);
  MustBeOk(database->Seal());
  const std::vector<Sample> again = {{kNoon - kHour + 15000, 79}, {kNoon - kHour + 30000, 80}};
  AddOne(database.get(), "up", 1, again);
  AddTo(&contents, "up", 1, again);
  CheckSame(ReadAll(*database), contents);
  MustBeOk(database->Seal());
  CheckSame(ReadAll(*database), contents);
  database.reset();
  database = MustOpen(options);
  CheckSame(ReadAll(*database), contents);
  MustBeOk(database->Compact({}));
  CHECK(database->Stats().parts == 1);
  CheckSame(ReadAll(*database), contents);
}

TEST_CASE("a retry of what was just sealed is a duplicate") {
  const TemporaryDirectory directory;
  const auto database = MustOpen(TestOptions(directory.File("data")));
  AddOne(database.get(), "up", 1, {{kNoon, 1}});
  MustBeOk(database->Seal());
  const AppendResult result = AddOne(database.get(), "up", 1, {{kNoon, 1}});
  CHECK(result.samples_duplicate == 1);
  CHECK(result.samples_stored == 0);
}

TEST_CASE("a view keeps what it shows while everything around it is merged away") {
  const TemporaryDirectory directory;
  const auto database = MustOpen(TestOptions(directory.File("data")));
  Contents contents;
  for (int s = 0; s < 10; ++s) {
    for (int i = 0; i < 5; ++i) {
      const auto samples = Scrapes(kNoon - (10 - s) * kHour, 20);
      AddOne(database.get(), "up", i, samples);
      AddTo(&contents, "up", i, samples);
    }
    MustBeOk(database->Seal());
  }
  const auto view = database->NewView();
  REQUIRE(view.ok());
  MustBeOk(database->Compact({}));
  CHECK(database->Stats().parts == 1);
  CheckSame(ReadAll(**view), contents);
  CheckSame(ReadAll(*database), contents);
}

TEST_CASE("a seal writes one part for each month and kind") {
  const TemporaryDirectory directory;
  const auto database = MustOpen(TestOptions(directory.File("data")));
  Contents contents;
  const std::vector<Sample> long_ago = {{kNoon - 60 * kDay, 1}, {kNoon - 59 * kDay, 2}};
  AddOne(database.get(), "up", 1, {{kNoon - 30 * kDay, 3}, {kNoon, 4}});
  AddTo(&contents, "up", 1, {{kNoon - 30 * kDay, 3}, {kNoon, 4}});
  MustBeOk(database->Seal());
  CHECK(database->Stats().parts == 2);
  AddOne(database.get(), "up", 1, long_ago);
  AddTo(&contents, "up", 1, long_ago);
  MustBeOk(database->Seal());
  CHECK(database->Stats().parts == 3);
  CheckSame(ReadAll(*database), contents);
}

TEST_CASE("retention hides at once what it drops later") {
  const TemporaryDirectory directory;
  std::atomic<TimestampMs> now{kNoon};
  DatabaseOptions options = TestOptions(directory.File("data"));
  options.retention_ms = 10 * kDay;
  options.clock = [&now] { return now.load(); };
  const auto database = MustOpen(options);
  AddOne(database.get(), "old", 1, {{kNoon - 9 * kDay, 1}, {kNoon - 8 * kDay, 2}});
  AddOne(database.get(), "new", 1, {{kNoon, 3}});
  MustBeOk(database->Seal());

  // A clock that jumps ahead deletes nothing.
  now = kNoon + 365 * kDay;
  MustBeOk(database->ApplyRetention());
  CHECK(ReadAll(*database).size() == 2);

  now = kNoon + 36 * kHour;
  AddOne(database.get(), "new", 1, {{now, 4}});
  Contents contents;
  AddTo(&contents, "old", 1, {{kNoon - 8 * kDay, 2}});
  AddTo(&contents, "new", 1, {{kNoon, 3}, {now, 4}});
  CheckSame(ReadAll(*database), contents);

  now = kNoon + 5 * kDay;
  AddOne(database.get(), "new", 1, {{now, 5}});
  contents.erase(SeriesName("old", 1));
  AddTo(&contents, "new", 1, {{now, 5}});
  CheckSame(ReadAll(*database), contents);
  MustBeOk(database->Seal());
  MustBeOk(database->ApplyRetention());
  CheckSame(ReadAll(*database), contents);
  // The series has left the registry, and can come back.
  CHECK(database->Stats().series_total == 1);
  const AppendResult result = AddOne(database.get(), "old", 1, {{now, 6}});
  CHECK(result.series_created == 1);
  AddTo(&contents, "old", 1, {{now, 6}});
  CheckSame(ReadAll(*database), contents);
}

TEST_CASE("parts wholly past retention leave the disk") {
  const TemporaryDirectory directory;
  std::atomic<TimestampMs> now{kNoon};
  DatabaseOptions options = TestOptions(directory.File("data"));
  options.retention_ms = 10 * kDay;
  options.clock = [&now] { return now.load(); };
  const auto database = MustOpen(options);
  AddOne(database.get(), "up", 1, {{kNoon, 1}});
  MustBeOk(database->Seal());
  now = kNoon + 20 * kDay;
  AddOne(database.get(), "up", 1, {{now, 2}});
  MustBeOk(database->Seal());
  CHECK(database->Stats().parts == 2);
  MustBeOk(database->ApplyRetention());
  CHECK(database->Stats().parts == 1);
  CHECK(database->Stats().retention_drops == 1);
}

TEST_CASE("metadata of metric families is kept") {
  const TemporaryDirectory directory;
  const auto database = MustOpen(TestOptions(directory.File("data")));
  const std::vector<MetricMetadata> first = {{"up", "gauge", "help", ""}, {"b", "counter", "", ""}};
  MustBeOk(database->PutMetadata(first));
  const std::vector<MetricMetadata> second = {{"up", "gauge", "better help", ""}};
  MustBeOk(database->PutMetadata(second));
  const auto metadata = database->Metadata();
  REQUIRE(metadata.ok());
  REQUIRE(metadata->size() == 2);
  CHECK((*metadata)[0].family == "b");
  CHECK((*metadata)[1].help == "better help");
}

TEST_CASE("a database opened for reading shows everything and takes nothing") {
  const TemporaryDirectory directory;
  DatabaseOptions options = TestOptions(directory.File("data"));
  Contents contents;
  {
    const auto database = MustOpen(options);
    AddOne(database.get(), "up", 1, Scrapes(kNoon - kHour, 50));
    MustBeOk(database->Seal());
    AddOne(database.get(), "up", 1, {{kNoon, 5}});
    AddTo(&contents, "up", 1, Scrapes(kNoon - kHour, 50));
    AddTo(&contents, "up", 1, {{kNoon, 5}});
  }
  options.read_only = true;
  const auto database = MustOpen(options);
  CheckSame(ReadAll(*database), contents);
  const auto appender = database->NewAppender();
  Add(appender.get(), "up", 1, std::vector<Sample>{{kNoon, 6}});
  CHECK(appender->Commit().status().code() == absl::StatusCode::kFailedPrecondition);
  CHECK(database->Seal().code() == absl::StatusCode::kFailedPrecondition);
  CHECK(database->Compact({}).code() == absl::StatusCode::kFailedPrecondition);
  const auto report = database->Verify({});
  REQUIRE(report.ok());
  CHECK(report->findings.empty());
  options.path = directory.File("nothing");
  CHECK_FALSE(Database::Open(options).ok());
  CHECK_FALSE(std::filesystem::exists(options.path));
}

TEST_CASE("a snapshot opens and answers as the original did") {
  const TemporaryDirectory directory;
  DatabaseOptions options = TestOptions(directory.File("data"));
  const auto database = MustOpen(options);
  Contents contents;
  for (int i = 0; i < 5; ++i) {
    AddOne(database.get(), "up", i, Scrapes(kNoon - kHour, 50));
    AddTo(&contents, "up", i, Scrapes(kNoon - kHour, 50));
    if (i == 2) MustBeOk(database->Seal());
  }
  MustBeOk(database->Snapshot(directory.File("copy"), {}));
  CHECK_FALSE(database->Snapshot(directory.File("copy"), {}).ok());
  AddOne(database.get(), "up", 9, Scrapes(kNoon - kHour, 50));
  MustBeOk(database->Compact({}));
  options.path = directory.File("copy");
  const auto copy = MustOpen(options);
  CheckSame(ReadAll(*copy), contents);
}

TEST_CASE("a snapshot that fails leaves nothing behind, and works once there is room") {
  const TemporaryDirectory directory;
  FaultFileSystem disk(FileSystem::Posix());
  DatabaseOptions options = TestOptions(directory.File("data"));
  options.file_system = &disk;
  const auto database = MustOpen(options);
  Contents contents;
  AddOne(database.get(), "up", 1, Scrapes(kNoon - kHour, 50));
  AddTo(&contents, "up", 1, Scrapes(kNoon - kHour, 50));
  std::vector<std::string> stages;
  disk.IgnorePreallocation(true);
  disk.SetRoom(100);
  const Status full = database->Snapshot(
      directory.File("copy"),
      [&](std::string_view stage, uint64_t, uint64_t) { stages.emplace_back(stage); });
  CHECK(absl::IsResourceExhausted(full));
  CHECK(stages.back() == "log");
  CHECK_FALSE(std::filesystem::exists(directory.File("copy")));
  CHECK_FALSE(std::filesystem::exists(directory.File("copy.partial")));
  disk.SetRoom(FaultFileSystem::kUnlimited);
  MustBeOk(database->Snapshot(directory.File("copy"), {}));
  options.path = directory.File("copy");
  const auto copy = MustOpen(options);
  CheckSame(ReadAll(*copy), contents);
}

TEST_CASE("each stage of verification ends with all of it done") {
  const TemporaryDirectory directory;
  const auto database = MustOpen(TestOptions(directory.File("data")));
  for (int i = 0; i < 600; ++i) AddOne(database.get(), "up", i, Scrapes(kNoon - kHour, 3));
  MustBeOk(database->Seal());
  std::map<std::string, std::vector<std::pair<uint64_t, uint64_t>>> stages;
  REQUIRE(database
              ->Verify([&](std::string_view stage, uint64_t done, uint64_t total) {
                stages[std::string(stage)].emplace_back(done, total);
              })
              .ok());
  CHECK(stages.size() == 3);
  for (const auto& [stage, reports] : stages) {
    CAPTURE(stage);
    CHECK(reports.size() >= 2);
    CHECK(reports.back().first == reports.back().second);
    CHECK(reports.back().second > 0);
    CHECK(std::is_sorted(reports.begin(), reports.end()));
  }
}

TEST_CASE("verification counts what it read and finds nothing wrong with what is whole") {
  const TemporaryDirectory directory;
  const auto database = MustOpen(TestOptions(directory.File("data")));
  for (int i = 0; i < 5; ++i) AddOne(database.get(), "up", i, Scrapes(kNoon - kHour, 50));
  MustBeOk(database->Seal());
  AddOne(database.get(), "up", 1, {{kNoon, 1}});
  const auto report = database->Verify({});
  REQUIRE(report.ok());
  for (const Finding& finding : report->findings) FAIL_CHECK(finding.where << ": " << finding.what);
  CHECK(report->parts == 1);
  CHECK(report->blocks == 5);
  CHECK(report->timelines == 1);
  CHECK(report->samples == 250);
  CHECK(report->series == 5);
  CHECK(report->log_records == 1);
}

}  // namespace
}  // namespace silverback

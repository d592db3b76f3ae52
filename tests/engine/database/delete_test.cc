// Deletions: what they hide at once, and what they leave behind.
#include <random>

#include "tests/support/database/harness.h"

namespace silverback::testing {
namespace {

using Sets = std::vector<std::vector<Matcher>>;

Sets Named(const std::string& name) {
  return {{Matcher::Equal("__name__", name)}};
}

Sets One(const std::string& name, int i) {
  return {{Matcher::Equal("__name__", name), Matcher::Equal("i", std::to_string(i))}};
}

std::vector<Sample> Every(TimestampMs from, TimestampMs to, TimestampMs step, double value) {
  std::vector<Sample> samples;
  for (TimestampMs t = from; t <= to; t += step) samples.push_back({t, value});
  return samples;
}

void Record(Contents* contents, const std::string& name, int i,
            const std::vector<Sample>& samples) {
  for (const Sample& s : samples)
    (*contents)[SeriesName(name, i)][s.timestamp_ms] = BitsOf(s.value);
}

void Erase(Contents* contents, const std::string& series, TimeRange range) {
  const auto found = contents->find(series);
  if (found == contents->end()) return;
  std::erase_if(found->second, [&](const auto& sample) { return range.Contains(sample.first); });
  if (found->second.empty()) contents->erase(found);
}

std::vector<std::string> NamesIn(const Database& database, TimeRange range = {}) {
  const auto view = database.NewView();
  REQUIRE(view.ok());
  auto values = (*view)->LabelValues("__name__", {}, range, 0);
  REQUIRE(values.ok());
  return *std::move(values);
}

}  // namespace

TEST_CASE("deleted samples are gone from head and parts, and stay gone after a restart") {
  const TemporaryDirectory directory;
  const DatabaseOptions options = TestOptions(directory.File("data"));
  Contents contents;
  const TimeRange deleted{kNoon - 90 * 60'000, kNoon - 30 * 60'000};
  {
    const auto database = MustOpen(options);
    for (int i = 0; i < 2; ++i) {
      const auto old = Every(kNoon - 3 * kHour, kNoon - kHour, 15'000, i);
      AddOne(database.get(), "up", i, old);
      Record(&contents, "up", i, old);
    }
    MustBeOk(database->Seal());
    for (int i = 0; i < 2; ++i) {
      const auto young = Every(kNoon - kHour + 15'000, kNoon, 15'000, i + 10);
      AddOne(database.get(), "up", i, young);
      Record(&contents, "up", i, young);
    }
    MustBeOk(database->Delete(One("up", 1), deleted));
    Erase(&contents, SeriesName("up", 1), deleted);
    CheckSame(ReadAll(*database), contents);
  }
  const auto database = MustOpen(options);
  CheckSame(ReadAll(*database), contents);
  CheckSame(ReadAll(*database, deleted), Clip(contents, deleted));
  // What is written afterwards counts, also within the range.
  const std::vector<Sample> again = {{kNoon - 60 * 60'000, 99}};
  AddOne(database.get(), "up", 1, again);
  Record(&contents, "up", 1, again);
  CheckSame(ReadAll(*database), contents);
  MustBeOk(database->Compact(nullptr));
  CheckSame(ReadAll(*database), contents);
  MustBeOk(database->CleanTombstones(nullptr));
  CheckSame(ReadAll(*database), contents);
  for (const PartSummary& part : database->Parts()) CHECK(part.deletions == 0);
}

TEST_CASE("what was deleted can be written again at once, with the same value, too") {
  const TemporaryDirectory directory;
  const auto database = MustOpen(TestOptions(directory.File("data")));
  Contents contents;
  const std::vector<Sample> samples = {{kNoon, 1}};
  for (int i = 0; i < 3; ++i) {
    AddOne(database.get(), "up", i, samples);
    Record(&contents, "up", i, samples);
  }
  MustBeOk(database->Seal());
  // The head knows what was sealed last: series 1 has a buffer for it, series 2 one with a sample of its own.
  CHECK(AddOne(database.get(), "up", 1, samples).samples_duplicate == 1);
  AddOne(database.get(), "up", 2, {{kNoon - 1000, 2}});
  Record(&contents, "up", 2, {{kNoon - 1000, 2}});
  MustBeOk(database->Delete(Named("up"), {kNoon, kNoon}));
  for (int i = 0; i < 3; ++i) {
    INFO("series " << i);
    CHECK(AddOne(database.get(), "up", i, samples).samples_stored == 1);
    CHECK(AddOne(database.get(), "up", i, samples).samples_duplicate == 1);
  }
  CheckSame(ReadAll(*database), contents);
  MustBeOk(database->Seal());
  CheckSame(ReadAll(*database), contents);
  // Deleted twice with nothing in between.
  MustBeOk(database->Delete(Named("up"), {kNoon, kNoon}));
  MustBeOk(database->Delete(Named("up"), {kNoon, kNoon}));
  CHECK(AddOne(database.get(), "up", 0, samples).samples_stored == 1);
}

TEST_CASE("series without samples left are no longer found, and forgotten when cleaned") {
  const TemporaryDirectory directory;
  const DatabaseOptions options = TestOptions(directory.File("data"));
  const auto database = MustOpen(options);
  AddOne(database.get(), "gone", 1, Every(kNoon - kHour, kNoon, 60'000, 1));
  AddOne(database.get(), "kept", 1, Every(kNoon - kHour, kNoon, 60'000, 1));
  MustBeOk(database->Delete(Named("gone"), {}));
  CHECK(NamesIn(*database) == std::vector<std::string>{"kept"});
  CHECK(database->Stats().series_total == 2);
  MustBeOk(database->CleanTombstones(nullptr));
  CHECK(NamesIn(*database) == std::vector<std::string>{"kept"});
  CHECK(database->Stats().series_total == 1);
  const auto report = database->Verify(nullptr);
  REQUIRE(report.ok());
  CHECK(report->findings.empty());
  // It may come back.
  AddOne(database.get(), "gone", 1, {{kNoon, 5}});
  CHECK(NamesIn(*database) == std::vector<std::string>{"gone", "kept"});
}

TEST_CASE("a series is found where samples are left, and only there") {
  const TemporaryDirectory directory;
  const auto database = MustOpen(TestOptions(directory.File("data")));
  AddOne(database.get(), "a", 1, Every(kNoon - 2 * kHour, kNoon, 60'000, 1));
  AddOne(database.get(), "b", 1, Every(kNoon - 2 * kHour, kNoon, 60'000, 1));
  MustBeOk(database->Delete(Named("a"), {kNoon - kHour, kNoon}));
  CHECK(NamesIn(*database) == std::vector<std::string>{"a", "b"});
  CHECK(NamesIn(*database, {kNoon - kHour, kNoon}) == std::vector<std::string>{"b"});
  // Shorter, then longer, within the same parts: both hold.
  MustBeOk(database->Delete(Named("b"), {kNoon - kHour, kNoon}));
  MustBeOk(database->Delete(Named("b"), {kNoon - kHour, kNoon - kHour / 2}));
  CHECK(NamesIn(*database, {kNoon - kHour, kNoon}).empty());
}

TEST_CASE("nothing that matches is nothing to do") {
  const TemporaryDirectory directory;
  const auto database = MustOpen(TestOptions(directory.File("data")));
  MustBeOk(database->Delete(Named("a"), {}));
  MustBeOk(database->CleanTombstones(nullptr));
  AddOne(database.get(), "b", 1, {{kNoon, 1}});
  MustBeOk(database->Delete(Named("a"), {}));
  MustBeOk(database->Delete(Named("b"), {kNoon + 1, kNoon + 2}));
  CHECK(NamesIn(*database) == std::vector<std::string>{"b"});
}

TEST_CASE("random writes, late ones too, deletions, seals, merges and restarts equal a map") {
  const auto seed = static_cast<unsigned>(std::random_device()());
  INFO("seed " << seed);
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto pick = [&random](int64_t n) {
    return std::uniform_int_distribution<int64_t>(0, n - 1)(random);
  };
  const TemporaryDirectory directory;
  const DatabaseOptions options = TestOptions(directory.File("data"));
  auto database = MustOpen(options);
  Contents contents;
  for (int step = 0; step < 120; ++step) {
    const int i = static_cast<int>(pick(4));
    const TimestampMs from = kNoon - pick(60 * 24) * 60'000;
    const TimestampMs to = std::min(kNoon, from + pick(6 * 60) * 60'000);
    switch (pick(10)) {
      case 0:
      case 1: {
        MustBeOk(database->Delete(One("m", i), {from, to}));
        Erase(&contents, SeriesName("m", i), {from, to});
        break;
      }
      case 2:
        MustBeOk(database->Seal());
        break;
      case 3:
        MustBeOk(database->Compact(nullptr));
        break;
      case 4:
        MustBeOk(database->CleanTombstones(nullptr));
        break;
      case 5:
        database.reset();
        database = MustOpen(options);
        break;
      default: {
        const auto samples = Every(from, to, 60'000, static_cast<double>(step));
        AddOne(database.get(), "m", i, samples);
        Record(&contents, "m", i, samples);
      }
    }
    CheckSame(ReadAll(*database), contents);
    CheckSame(ReadAll(*database, {from, to}), Clip(contents, {from, to}));
  }
  const auto report = database->Verify(nullptr);
  REQUIRE(report.ok());
  CHECK(report->findings.empty());
}

}  // namespace silverback::testing

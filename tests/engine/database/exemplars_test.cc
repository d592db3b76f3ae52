#include "engine/database/exemplars.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/support/database/harness.h"

namespace silverback {
namespace {

using namespace silverback::testing;

TEST_CASE("exemplars need a series") {
  const TemporaryDirectory directory;
  const auto database = MustOpen(TestOptions(directory.File("data")));
  const std::vector<Exemplar> exemplars = {{LabelSet{{"trace", "1"}}, 1.0, kNoon}};
  CHECK(database->PutExemplars("up/1", exemplars).code() == absl::StatusCode::kNotFound);
  AddOne(database.get(), "up", 1, {{kNoon, 1}});
  MustBeOk(database->PutExemplars("up/1", exemplars));
}

namespace {

std::vector<Exemplar> ExemplarsAt(std::initializer_list<TimestampMs> times) {
  std::vector<Exemplar> exemplars;
  for (const TimestampMs t : times) {
    exemplars.push_back({LabelSet{{"trace", std::to_string(t)}}, static_cast<double>(t), t});
  }
  return exemplars;
}

std::vector<TimestampMs> TimesOfExemplars(const Database& database, TimeRange range = {}) {
  const std::vector<std::vector<Matcher>> sets = {{Matcher::Equal("__name__", "up")}};
  const auto found = database.FindExemplars(sets, range, 1000, nullptr);
  REQUIRE(found.ok());
  std::vector<TimestampMs> times;
  for (const SeriesExemplars& series : *found) {
    for (const Exemplar& exemplar : series.exemplars) {
      CHECK(exemplar.labels == LabelSet{{"trace", std::to_string(exemplar.timestamp_ms)}});
      CHECK(exemplar.value == static_cast<double>(exemplar.timestamp_ms));
      times.push_back(exemplar.timestamp_ms);
    }
  }
  return times;
}

}  // namespace

TEST_CASE("exemplars stay over seals and restarts, in order of time, each once") {
  const TemporaryDirectory directory;
  const DatabaseOptions options = TestOptions(directory.File("data"));
  {
    const auto database = MustOpen(options);
    AddOne(database.get(), "up", 1, {{kNoon, 1}});
    MustBeOk(database->PutExemplars("up/1", ExemplarsAt({kNoon, kNoon - 5, kNoon - 9})));
    MustBeOk(database->PutExemplars("up/1", ExemplarsAt({kNoon - 5})));
    MustBeOk(database->Seal());
  }
  const auto database = MustOpen(options);
  CHECK(TimesOfExemplars(*database) == std::vector<TimestampMs>{kNoon - 9, kNoon - 5, kNoon});
  CHECK(TimesOfExemplars(*database, {kNoon - 5, kNoon - 5}) == std::vector<TimestampMs>{kNoon - 5});
  // Two of the same time both count, by value.
  AddOne(database.get(), "up", 1, {{kNoon + 1, 1}});
  const std::vector<Exemplar> twins = {{LabelSet{{"trace", "b"}}, 2, kNoon + 1},
                                       {LabelSet{{"trace", "a"}}, 1, kNoon + 1}};
  MustBeOk(database->PutExemplars("up/1", twins));
  const std::vector<std::vector<Matcher>> all(1);
  const auto found = database->FindExemplars(all, {kNoon + 1, kNoon + 1}, 2, nullptr);
  REQUIRE(found.ok());
  REQUIRE(found->size() == 1);
  REQUIRE((*found)[0].exemplars.size() == 2);
  CHECK((*found)[0].exemplars[0].value == 1);
  CHECK((*found)[0].labels.Get("__name__") == "up");
  CHECK(absl::IsResourceExhausted(database->FindExemplars(all, {}, 2, nullptr).status()));
}

TEST_CASE("the newest exemplars of a series are kept, for as long as they may be") {
  const TemporaryDirectory directory;
  DatabaseOptions options = TestOptions(directory.File("data"), kNoon + kHour);
  options.max_exemplars_per_series = 16;
  options.exemplar_retention_ms = kHour;
  const auto database = MustOpen(options);
  AddOne(database.get(), "up", 1, {{kNoon, 1}});
  for (int i = 0; i < 100; ++i) {
    MustBeOk(database->PutExemplars("up/1", ExemplarsAt({kNoon - 1000 + i})));
  }
  const auto times = TimesOfExemplars(*database);
  CHECK(times.size() >= 16);
  CHECK(times.size() <= 18);
  CHECK(times.back() == kNoon - 1000 + 99);
  AddOne(database.get(), "up", 1, {{kNoon + kHour - 1000 + 99, 1}});
  CHECK(TimesOfExemplars(*database) == std::vector<TimestampMs>{kNoon - 1000 + 99});
  MustBeOk(database->ApplyRetention());
  CHECK(TimesOfExemplars(*database) == std::vector<TimestampMs>{kNoon - 1000 + 99});
}

}  // namespace
}  // namespace silverback

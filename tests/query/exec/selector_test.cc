#include <catch2/catch.hpp>

#include "query_fixture.h"

namespace silverback {
namespace {

TEST_CASE("a selector answers the last sample within the lookback") {
  QueryFixture fixture;
  fixture.Add("up{job=\"a\"}", {1, 2, 3});
  fixture.Add("up{job=\"b\"}", {4, 5, 6});
  CHECK(Text(fixture.Instant("up", 90000)) == "up{job=\"a\"} 2\nup{job=\"b\"} 5\n");
  CHECK(Text(fixture.Instant("up{job=\"b\"}", 120000 + 299999)) == "up{job=\"b\"} 6\n");
  CHECK(Text(fixture.Instant("up", 120000 + 300000)).empty());
  CHECK(Text(fixture.Range("up", -60000, 120000, 60000)) ==
        "up{job=\"a\"} _ 1 2 3\nup{job=\"b\"} _ 4 5 6\n");
}

TEST_CASE("offset and @ move what a selector looks at") {
  QueryFixture fixture;
  fixture.Add("x", {1, 2, 3, 4});
  CHECK(Text(fixture.Instant("x offset 1m", 120000)) == "x 2\n");
  CHECK(Text(fixture.Instant("x offset -1m", 120000)) == "x 4\n");
  CHECK(Text(fixture.Range("x @ 60", 0, 120000, 60000)) == "x 2 2 2\n");
  CHECK(Text(fixture.Range("x @ end() offset 1m", 0, 120000, 60000)) == "x 2 2 2\n");
  CHECK(Text(fixture.Range("x @ start() + x", 0, 120000, 60000)) == "{} 2 3 4\n");
}

TEST_CASE("a range vector answers raw samples to an instant query and nothing to a range query") {
  QueryFixture fixture;
  fixture.Add("x", {1, 2, 3, 4});
  CHECK(Text(fixture.Instant("x[2m]", 180000)) == "x 3@120000 4@180000\n");
  CHECK(Text(fixture.Instant("x[2m:30s]", 60000)) == "x 1@0 1@30000 2@60000\n");
  const StatusOr<QueryResult> range = fixture.Range("x[2m]", 0, 60000, 60000);
  CHECK(range.status().code() == absl::StatusCode::kInvalidArgument);
  CHECK(Text(range) ==
        "invalid expression type \"range vector\" for range query, must be Scalar or instant "
        "Vector");
}

TEST_CASE("each metric whose rate is taken and that is not named as a counter is told of once") {
  QueryFixture fixture;
  for (const char* series : {"a{i=\"1\"}", "a{i=\"2\"}", "b{i=\"3\"}", "b{i=\"4\"}", "c_total"}) {
    fixture.Add(series, {1, 2, 3});
  }
  const std::string said =
      "PromQL info: metric might not be a counter, name does not end in "
      "_total/_sum/_count/_bucket: ";
  for (const std::string query :
       {"rate({__name__=~\".+\"}[2m])", "rate({__name__=~\".+\"}[2m:1m])"}) {
    CAPTURE(query);
    const StatusOr<QueryResult> result = fixture.Instant("sum by (i) (" + query + ")", 120000);
    REQUIRE(result.ok());
    REQUIRE(result->infos.size() == 2);
    CHECK(result->infos[0].starts_with(said + "\"a\""));
    CHECK(result->infos[1].starts_with(said + "\"b\""));
  }
}

TEST_CASE("samples are counted as upstream counts them") {
  QueryFixture fixture;
  fixture.Add("x{a=\"1\"}", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  fixture.Add("x{a=\"2\"}", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  const auto covered = [&](std::string_view query, bool instant) {
    const StatusOr<QueryResult> result =
        instant ? fixture.Instant(query, 600000) : fixture.Range(query, 540000, 600000, 60000);
    REQUIRE(result.ok());
    uint64_t sum = 0;
    for (const uint64_t samples : result->statistics.samples.covered.by_step) sum += samples;
    CHECK(sum == result->statistics.samples.covered.total);
    return result->statistics.samples.covered.total;
  };
  CHECK(covered("x", true) == 2);
  CHECK(covered("x", false) == 4);
  CHECK(covered("x[5m]", true) == 10);
  CHECK(covered("sum(rate(x[5m]))", true) == 10);
  CHECK(covered("sum(rate(x[5m]))", false) == 20);
  CHECK(covered("max_over_time(x[5m] @ 300)", false) == 20);
  CHECK(covered("sum_over_time(x[5m:1m])", true) == 10);
  CHECK(covered("x[5m:1m]", true) == 10);
  CHECK(covered("1 + 1", true) == 0);
}

}  // namespace
}  // namespace silverback

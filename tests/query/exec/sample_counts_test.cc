#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "query_fixture.h"

#include "engine/base/value.h"

namespace silverback {
namespace {

using Counts = std::vector<uint64_t>;

/// A query at steps half a minute apart from 20:06 on, over series of one sample a minute.
struct Row {
  const char* query;
  size_t steps;
  Counts covered;
  Counts read;
};

// As the engine of Prometheus 3.14 counts: a range function covers its whole window at each step, but reads at later steps only
// what is newer than the step before; what is evaluated once is read at the first step; a subquery's reading counts at the
// step that uses it first, and not at all if none does.
const Row kRows[] = {
    {"1", 2, {0, 0}, {0, 0}},
    {"one", 2, {1, 1}, {1, 1}},
    {"three", 4, {3, 3, 3, 3}, {3, 3, 3, 3}},
    {"timestamp(three)", 2, {3, 3}, {3, 3}},
    {"three @ 180", 2, {3, 3}, {3, 0}},
    {"max_over_time(three[6m])", 4, {18, 18, 18, 18}, {18, 0, 3, 0}},
    {"sum(rate(three[6m])) + sum(rate(three[6m]))", 4, {36, 36, 36, 36}, {36, 0, 6, 0}},
    {"max_over_time(three[6m] @ 180)", 4, {12, 12, 12, 12}, {12, 0, 0, 0}},
    {"max_over_time(three[6m:30s])", 4, {36, 36, 36, 36}, {36, 3, 3, 3}},
    {"max_over_time(three[6m:30s] offset 1m)", 4, {36, 36, 36, 36}, {36, 3, 3, 3}},
    // At 19:30 its child reads six minutes; at 20:00 and 21:00 one sample more each, at the half minutes nothing.
    {"max_over_time(max_over_time(one[6m])[1m:30s])", 3, {2, 2, 2}, {7, 0, 1}},
    // Two samples of four are stale markers.
    {"count_over_time(stale[4m])", 3, {2, 2, 2}, {2, 0, 1}},
};

QueryFixture Filled() {
  QueryFixture fixture;
  const double stale = ValueOf(kStaleNanBits);
  std::vector<double> values(100);
  std::iota(values.begin(), values.end(), 1);
  fixture.Add("one", values);
  for (const char* series : {"three{a=\"1\"}", "three{a=\"2\"}", "three{a=\"3\"}"}) {
    fixture.Add(series, values);
  }
  for (size_t i = 0; i < values.size(); i += 2) values[i] = stale;
  fixture.Add("stale", values);
  fixture.options();
  return fixture;
}

TEST_CASE("samples are counted step by step as covered and as read") {
  QueryFixture fixture = Filled();
  constexpr TimestampMs kStart = 1'206'000;
  constexpr int64_t kStep = 30'000;
  for (const Row& row : kRows) {
    CAPTURE(row.query);
    const auto result = fixture.Range(row.query, kStart,
                                      kStart + static_cast<int64_t>(row.steps - 1) * kStep, kStep);
    REQUIRE(result.ok());
    const QuerySamples& samples = result->statistics.samples;
    CHECK(samples.covered.by_step == row.covered);
    CHECK(samples.read.by_step == row.read);
    CHECK(samples.covered.total == std::accumulate(row.covered.begin(), row.covered.end(), 0u));
    CHECK(samples.read.total == std::accumulate(row.read.begin(), row.read.end(), 0u));
  }
}

TEST_CASE("what a subquery reads between the windows of far steps is not counted") {
  QueryFixture fixture = Filled();
  for (const char* query : {"max_over_time(one[1m:30s])", "max_over_time(one[1m:30s] offset 2m)"}) {
    CAPTURE(query);
    const auto result = fixture.Range(query, 1'200'000, 1'800'000, 300'000);
    REQUIRE(result.ok());
    CHECK(result->statistics.samples.covered.by_step == Counts{2, 2, 2});
    CHECK(result->statistics.samples.read.by_step == Counts{2, 2, 2});
  }
}

TEST_CASE("an instant query reads all of its windows, a subquery's overlapping ones once") {
  QueryFixture fixture = Filled();
  const auto counts = [&](const char* query) {
    const auto result = fixture.Instant(query, 1'206'000);
    REQUIRE(result.ok());
    return Counts{result->statistics.samples.covered.total, result->statistics.samples.read.total};
  };
  CHECK(counts("one[6m]") == Counts{6, 6});
  CHECK(counts("one[6m:30s]") == Counts{12, 12});
  CHECK(counts("max_over_time(three[6m])") == Counts{18, 18});
  CHECK(counts("max_over_time(one[6m])[2m:30s]") == Counts{24, 8});
}

}  // namespace
}  // namespace silverback

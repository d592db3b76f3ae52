#include <atomic>
#include <chrono>
#include <thread>

#include <catch2/catch.hpp>

#include "query_fixture.h"

#include "query/model/operator_profile.h"

namespace silverback {
namespace {

QueryFixture ManySeries(int series) {
  QueryFixture fixture;
  for (int i = 0; i < series; ++i) {
    fixture.Add(fmt::format("x{{i=\"{}\"}}", i), std::vector<double>(100, i));
  }
  return fixture;
}

TEST_CASE("a query over its sample budget fails and says which flag") {
  QueryFixture fixture = ManySeries(20);
  fixture.options().max_samples = 150;
  CHECK(fixture.Instant("x").ok());
  const StatusOr<QueryResult> result = fixture.Range("x", 0, 600000, 60000);
  CHECK(result.status().code() == absl::StatusCode::kResourceExhausted);
  CHECK(Text(result).starts_with(
      "query processing would load too many samples into memory in query execution"));
  CHECK(Text(result).find("--query.max-samples") != std::string::npos);
}

TEST_CASE("a query over its memory budget fails and says which flag") {
  QueryFixture fixture = ManySeries(50);
  fixture.options().max_memory_bytes = 200000;
  CHECK(fixture.Instant("x").ok());
  for (const std::string_view query :
       {"x", "quantile(0.5, x)", "x + x", "max_over_time(x[1y:1ms])"}) {
    const StatusOr<QueryResult> result = fixture.Range(query, 0, 6000000, 1000);
    CHECK(result.status().code() == absl::StatusCode::kResourceExhausted);
    CHECK(Text(result).find("--query.max-memory") != std::string::npos);
  }
}

TEST_CASE("memory and samples are given back when a query ends") {
  QueryFixture fixture = ManySeries(50);
  const StatusOr<QueryResult> first = fixture.Range("sum(x) + count(x)", 0, 600000, 60000);
  const StatusOr<QueryResult> second = fixture.Range("sum(x) + count(x)", 0, 600000, 60000);
  REQUIRE(first.ok());
  REQUIRE(second.ok());
  CHECK(first->statistics.memory_peak_bytes > 0);
  CHECK(first->statistics.samples_peak > 0);
}

TEST_CASE("a query past its deadline is stopped") {
  QueryFixture fixture = ManySeries(200);
  fixture.options().timeout_ms = 1;
  const StatusOr<QueryResult> result =
      fixture.Range("sum(quantile_over_time(0.5, x[1h:1s]))", 0, 6000000, 1000);
  CHECK(result.status().code() == absl::StatusCode::kDeadlineExceeded);
  CHECK(Text(result) == "query timed out in expression evaluation");
}

TEST_CASE("a query whose client has gone is stopped") {
  QueryFixture fixture = ManySeries(200);
  std::atomic<bool> cancelled{false};
  QueryRequest request;
  request.query = "sum(quantile_over_time(0.5, x[1h:1s]))";
  request.grid = {0, 6000000, 1000};
  request.cancelled = &cancelled;
  std::thread client([&cancelled] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    cancelled = true;
  });
  const StatusOr<QueryResult> result = fixture.engine().Execute(request);
  client.join();
  CHECK(result.status().code() == absl::StatusCode::kCancelled);
  CHECK(Text(result) == "query was canceled in expression evaluation");
}

TEST_CASE("at most max_concurrency queries execute, others wait or give up") {
  QueryFixture fixture = ManySeries(200);
  fixture.options().max_concurrency = 1;
  Engine& engine = fixture.engine();
  std::atomic<bool> stop_first{false};
  QueryRequest slow;
  slow.query = "sum(quantile_over_time(0.5, x[1h:1s]))";
  slow.grid = {0, 6000000, 1000};
  slow.cancelled = &stop_first;
  std::thread first([&] { (void)engine.Execute(slow); });
  while (engine.ActiveQueries().empty()) std::this_thread::yield();

  QueryRequest impatient;
  impatient.query = "1";
  impatient.instant = true;
  impatient.timeout_ms = 10;
  const StatusOr<QueryResult> late = engine.Execute(impatient);
  CHECK(Text(late) == "query timed out in query queue");

  QueryRequest patient = impatient;
  patient.timeout_ms = 0;
  StatusOr<QueryResult> answer = absl::UnknownError("not asked yet");
  std::thread second([&] { answer = engine.Execute(patient); });
  while (engine.ActiveQueries().size() < 2) std::this_thread::yield();
  const std::vector<ActiveQuery> active = engine.ActiveQueries();
  CHECK_FALSE(active[0].queued);
  CHECK(active[1].queued);
  stop_first = true;
  first.join();
  second.join();
  CHECK(Text(answer) == "1");
  CHECK(engine.ActiveQueries().empty());
}

TEST_CASE("queries are killed by their id, running or waiting") {
  QueryFixture fixture = ManySeries(200);
  fixture.options().max_concurrency = 1;
  fixture.options().max_queued = 1;
  Engine& engine = fixture.engine();
  QueryRequest slow;
  slow.query = "sum(quantile_over_time(0.5, x[1h:1s]))";
  slow.grid = {0, 6000000, 1000};
  StatusOr<QueryResult> first_answer = absl::UnknownError("not asked yet");
  StatusOr<QueryResult> second_answer = first_answer;
  std::thread first([&] { first_answer = engine.Execute(slow); });
  while (engine.ActiveQueries().empty()) std::this_thread::yield();
  std::thread second([&] { second_answer = engine.Execute(slow); });
  while (engine.ActiveQueries().size() < 2) std::this_thread::yield();
  CHECK(Text(engine.Execute(slow)) ==
        "too many queries wait for their turn (limit 1, --query.max-queued)");
  const std::vector<ActiveQuery> active = engine.ActiveQueries();
  CHECK_FALSE(engine.Kill(active[1].id + 1));
  CHECK(engine.Kill(active[1].id));
  second.join();
  CHECK(Text(second_answer) == "query was canceled in query queue");
  CHECK(engine.Kill(active[0].id));
  first.join();
  CHECK(Text(first_answer) == "query was canceled in expression evaluation: it was killed");
  CHECK(engine.ActiveQueries().empty());
}

TEST_CASE("a query that selects too many series is refused") {
  QueryFixture fixture = ManySeries(5);
  fixture.options().max_series = 4;
  CHECK(Text(fixture.Instant("x")) ==
        "query processing would select 5 series (limit 4, --query.max-series)");
  fixture.options().max_series = 5;
  CHECK(fixture.Instant("x").ok());
}

TEST_CASE("an analyzed query says what each operator did") {
  QueryFixture fixture = ManySeries(5);
  QueryRequest request;
  request.query = "sum(rate(x[5m])) + 1";
  request.grid = {0, 600000, 60000};
  request.analyze = true;
  const StatusOr<QueryResult> result = fixture.engine().Execute(request);
  REQUIRE(result.ok());
  REQUIRE(result->profile != nullptr);
  REQUIRE(result->profile->children.size() == 1);
  const OperatorProfile& sum = *result->profile->children[0];
  CHECK(sum.name.starts_with("binary +"));
  REQUIRE(sum.children.size() == 2);
  const OperatorProfile& aggregate = *sum.children[0];
  CHECK(aggregate.name == "aggregate sum");
  CHECK(aggregate.series_out == 1);
  const OperatorProfile& rate = *aggregate.children.at(0);
  CHECK(rate.name.starts_with("call rate over matrix {"));
  CHECK(rate.series_in == 5);
  CHECK(rate.series_out == 5);
  CHECK(rate.samples > 0);
  CHECK(aggregate.seconds >= rate.seconds);
  CHECK(fixture.Instant("x")->profile == nullptr);
}

}  // namespace
}  // namespace silverback

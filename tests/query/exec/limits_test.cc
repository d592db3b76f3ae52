#include <atomic>
#include <chrono>
#include <thread>

#include <catch2/catch.hpp>

#include "query_fixture.h"

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

}  // namespace
}  // namespace silverback

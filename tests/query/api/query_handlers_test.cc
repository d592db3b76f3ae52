#include <limits>

#include <catch2/catch.hpp>

#include "tests/support/fakes/api_fixture.h"

namespace silverback::testing {
namespace {

/// `error` as it stands in the JSON of a refused request.
std::string BadData(const std::string& error) {
  return R"({"status":"error","errorType":"bad_data","error":")" + error + "\"}";
}

MatrixResult TwoSeries() {
  MatrixResult matrix;
  matrix.grid = {1000, 4000, 1000};
  for (const char* code : {"200", "404"}) {
    MatrixSeries series;
    series.labels = LabelSet{{"__name__", "m"}, {"code", code}};
    series.column.Reset(4);
    series.column.Set(0, 1);
    series.column.Set(3, 0.5);
    matrix.series.push_back(std::move(series));
  }
  return matrix;
}

}  // namespace

TEST_CASE("a scalar is answered as Grafana's health check wants it") {
  ApiFixture api;
  const Answered answered = api.Ask("POST", "/api/v1/query?query=1%2B1&time=4");
  CHECK(answered.status == 200);
  CHECK(answered.content_type == "application/json");
  CHECK(answered.body == R"({"status":"success","data":{"resultType":"scalar","result":[4,"2"]}})");
}

TEST_CASE("the engine gets what the request says") {
  ApiFixture api;
  QueryRequest seen;
  api.engine.answer = [&seen](const QueryRequest& request) -> StatusOr<QueryResult> {
    seen = request;
    return QueryResult{VectorResult{}, {}, {}, {}};
  };
  api.Get("/api/v1/query?query=up&timeout=1m&lookback_delta=15");
  CHECK(seen.query == "up");
  CHECK(seen.instant);
  CHECK(seen.grid == StepGrid{123456, 123456, 1});
  CHECK(seen.timeout_ms == 60000);
  CHECK(seen.lookback_delta_ms == 15000);
  api.Get("/api/v1/query_range?query=up&start=1.5&end=10&step=0.5");
  CHECK_FALSE(seen.instant);
  CHECK(seen.grid == StepGrid{1500, 10000, 500});
  CHECK(seen.timeout_ms == 0);
}

TEST_CASE("a matrix has a point for each step that is present") {
  ApiFixture api;
  api.engine.answer = [](const QueryRequest&) -> StatusOr<QueryResult> {
    return QueryResult{TwoSeries(), {}, {}, {}};
  };
  CHECK(api.Get("/api/v1/query_range?query=m&start=1&end=4&step=1") ==
        R"({"status":"success","data":{"resultType":"matrix","result":[)"
        R"({"metric":{"__name__":"m","code":"200"},"values":[[1,"1"],[4,"0.5"]]},)"
        R"({"metric":{"__name__":"m","code":"404"},"values":[[1,"1"],[4,"0.5"]]}]}})");
}

TEST_CASE("a limit cuts the series and says so") {
  ApiFixture api;
  api.engine.answer = [](const QueryRequest&) -> StatusOr<QueryResult> {
    return QueryResult{TwoSeries(), {}, {"an info"}, {}};
  };
  CHECK(api.Get("/api/v1/query_range?query=m&start=1&end=4&step=1&limit=1") ==
        R"({"status":"success","data":{"resultType":"matrix","result":[)"
        R"({"metric":{"__name__":"m","code":"200"},"values":[[1,"1"],[4,"0.5"]]}]},)"
        R"("warnings":["results truncated due to limit"],"infos":["an info"]})");
  CHECK(api.Get("/api/v1/query_range?query=m&start=1&end=4&step=1&limit=2").find("warnings") ==
        std::string::npos);
}

TEST_CASE("special values are strings, in the order of the result") {
  ApiFixture api;
  api.engine.answer = [](const QueryRequest&) -> StatusOr<QueryResult> {
    VectorResult vector;
    constexpr double kInf = std::numeric_limits<double>::infinity();
    for (const double value : {kInf, -kInf, std::numeric_limits<double>::quiet_NaN()}) {
      vector.samples.push_back({LabelSet{}, 1500, value, nullptr});
    }
    return QueryResult{std::move(vector), {}, {}, {}};
  };
  CHECK(api.Get("/api/v1/query?query=g") ==
        R"({"status":"success","data":{"resultType":"vector","result":[)"
        R"({"metric":{},"value":[1.500,"+Inf"]},{"metric":{},"value":[1.500,"-Inf"]},)"
        R"({"metric":{},"value":[1.500,"NaN"]}]}})");
}

TEST_CASE("strings and raw samples have their shapes") {
  ApiFixture api;
  api.engine.answer = [](const QueryRequest&) -> StatusOr<QueryResult> {
    return QueryResult{StringResult{4000, "<a>"}, {}, {}, {}};
  };
  CHECK(api.Get("/api/v1/query?query=x") ==
        R"({"status":"success","data":{"resultType":"string","result":[4,"\u003ca\u003e"]}})");
  api.engine.answer = [](const QueryRequest&) -> StatusOr<QueryResult> {
    return QueryResult{
        RawMatrixResult{{{LabelSet{{"a", "<"}}, {{1001, 1}, {2002, 2}}, {}}}}, {}, {}, {}};
  };
  CHECK(api.Get("/api/v1/query?query=x") ==
        R"({"status":"success","data":{"resultType":"matrix","result":[)"
        R"({"metric":{"a":"<"},"values":[[1.001,"1"],[2.002,"2"]]}]}})");
}

TEST_CASE("a scalar of any size has no exponent") {
  ApiFixture api;
  api.engine.answer = [](const QueryRequest&) -> StatusOr<QueryResult> {
    return QueryResult{ScalarResult{0, 1e21}, {}, {}, {}};
  };
  CHECK(
      api.Get("/api/v1/query?query=x") ==
      R"({"status":"success","data":{"resultType":"scalar","result":[0,"1000000000000000000000"]}})");
}

TEST_CASE("the time of a scalar has no trailing zeros, that of a point has three decimals") {
  ApiFixture api;
  CHECK(api.Get("/api/v1/query?query=x&time=-4.05") ==
        R"({"status":"success","data":{"resultType":"scalar","result":[-4.05,"2"]}})");
}

TEST_CASE("statistics come when asked for") {
  ApiFixture api;
  api.context.options.per_step_statistics = true;
  api.engine.answer = [](const QueryRequest& request) -> StatusOr<QueryResult> {
    QueryResult result{ScalarResult{0, 1}, {}, {}, {}};
    result.statistics.samples.covered.total = 7;
    result.statistics.samples.read.total = 6;
    result.statistics.samples_peak = 5;
    result.statistics.exec_seconds = 0.5;
    result.statistics.queue_seconds = 0.25;
    if (request.per_step_statistics) {
      result.statistics.samples.covered.by_step = {3, 4};
      result.statistics.samples.read.by_step = {3, 3};
    }
    return result;
  };
  CHECK(api.Get("/api/v1/query?query=x&stats=true") ==
        R"({"status":"success","data":{"resultType":"scalar","result":[0,"1"],"stats":{"timings":{)"
        R"("evalTotalTime":0.5,"resultSortTime":0,"queryPreparationTime":0,"innerEvalTime":0.5,)"
        R"("execQueueTime":0.25,"execTotalTime":0.75},"samples":{"totalQueryableSamples":7,)"
        R"("samplesRead":6,"peakSamples":5}}}})");
  CHECK(api.Get("/api/v1/query_range?query=x&start=0&end=1&step=1&stats=all")
            .find(R"("totalQueryableSamplesPerStep":[[0,3],[1,4]],"totalQueryableSamples":7,)"
                  R"("samplesReadPerStep":[[0,3],[1,3]],"samplesRead":6)") != std::string::npos);
  CHECK(api.Get("/api/v1/query?query=x&stats=1").find("is deprecated") != std::string::npos);
  CHECK(api.Get("/api/v1/query?query=x").find("stats") == std::string::npos);
}

TEST_CASE("bad parameters of queries are refused in upstream's words") {
  ApiFixture api;
  struct Row {
    const char* target;
    const char* error;
  };
  const Row rows[] = {
      {"/api/v1/query?query=x&time=zz",
       R"(invalid parameter \"time\": invalid time value for 'time': cannot parse \"zz\" to a valid timestamp)"},
      {"/api/v1/query?query=x&limit=-1",
       R"(invalid parameter \"limit\": limit must be non-negative)"},
      {"/api/v1/query?query=x&timeout=zz",
       R"(invalid parameter \"timeout\": cannot parse \"zz\" to a valid duration)"},
      {"/api/v1/query?query=x&lookback_delta=zz",
       R"(error parsing lookback delta duration: cannot parse \"zz\" to a valid duration)"},
      {"/api/v1/query_range?query=x&end=1&step=1",
       R"(invalid parameter \"start\": cannot parse \"\" to a valid timestamp)"},
      {"/api/v1/query_range?query=x&start=1&step=1",
       R"(invalid parameter \"end\": cannot parse \"\" to a valid timestamp)"},
      {"/api/v1/query_range?query=x&start=2&end=1&step=1",
       R"(invalid parameter \"end\": end timestamp must not be before start time)"},
      {"/api/v1/query_range?query=x&start=1&end=2",
       R"(invalid parameter \"step\": cannot parse \"\" to a valid duration)"},
      {"/api/v1/query_range?query=x&start=1&end=2&step=0",
       R"(invalid parameter \"step\": zero or negative query resolution step widths are not accepted. Try a positive integer)"},
      {"/api/v1/query_range?query=x&start=0&end=11001&step=1",
       R"(exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX))"},
      {"/api/v1/"
       "query_range?query=x&start=-292273086-05-16T16:47:06Z&end=292277025-08-18T07:12:54."
       "999999999Z&step=1",
       R"(exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX))"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.target);
    const Answered answered = api.Ask("GET", row.target);
    CHECK(answered.status == 400);
    CHECK(answered.body == BadData(row.error));
  }
  CHECK(api.Ask("GET", "/api/v1/query_range?query=x&start=0&end=11000&step=1").status == 200);
}

TEST_CASE("each kind of failure has its status code and no data") {
  ApiFixture api;
  struct Row {
    absl::StatusCode code;
    int status;
    const char* body;
  };
  const Row rows[] = {
      {absl::StatusCode::kInvalidArgument, 400,
       R"({"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": why"})"},
      {absl::StatusCode::kFailedPrecondition, 422,
       R"({"status":"error","errorType":"execution","error":"why"})"},
      {absl::StatusCode::kResourceExhausted, 422,
       R"({"status":"error","errorType":"execution","error":"why"})"},
      {absl::StatusCode::kDeadlineExceeded, 503,
       R"({"status":"error","errorType":"timeout","error":"why"})"},
      {absl::StatusCode::kCancelled, 503,
       R"({"status":"error","errorType":"canceled","error":"why"})"},
      {absl::StatusCode::kDataLoss, 500,
       R"({"status":"error","errorType":"internal","error":"why"})"},
      {absl::StatusCode::kInternal, 500,
       R"({"status":"error","errorType":"internal","error":"why"})"},
  };
  for (const Row& row : rows) {
    api.engine.answer = [&row](const QueryRequest&) -> StatusOr<QueryResult> {
      return Status(row.code, "why");
    };
    const Answered answered = api.Ask("GET", "/api/v1/query?query=x");
    CHECK(answered.status == row.status);
    CHECK(answered.body == row.body);
  }
}

TEST_CASE("at most ten warnings and ten infos are sent, and a count of the rest") {
  ApiFixture api;
  api.engine.answer = [](const QueryRequest&) -> StatusOr<QueryResult> {
    QueryResult result{ScalarResult{0, 1}, {}, {}, {}};
    for (int i = 0; i < 12; ++i) result.warnings.push_back("w");
    for (int i = 0; i < 11; ++i) result.infos.push_back("i");
    return result;
  };
  const std::string body = api.Get("/api/v1/query?query=x");
  CHECK(body.find(R"("2 more warning annotations omitted"])") != std::string::npos);
  CHECK(body.find(R"("1 more info annotations omitted"])") != std::string::npos);
}

}  // namespace silverback::testing

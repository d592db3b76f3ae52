#include "query/api/routes.h"

#include <set>

#include <catch2/catch.hpp>

#include "tests/support/fakes/api_fixture.h"

namespace silverback::testing {

TEST_CASE("unknown paths are 404 and wrong methods 405") {
  ApiFixture api;
  for (const char* path : {"/api/v1/nosuch", "/rules/test/test", "/api/v1", "/api/v1/query/", "/x",
                           "/api/v1/label//values", "//", ""}) {
    CAPTURE(path);
    const Answered answered = api.Ask("GET", path);
    CHECK(answered.status == 404);
    CHECK(answered.body == "404 page not found\n");
  }
  CHECK(api.Ask("DELETE", "/api/v1/query").status == 405);
  CHECK(api.Ask("DELETE", "/api/v1/query").allow == "GET, POST, HEAD, OPTIONS");
  CHECK(api.Ask("POST", "/api/v1/metadata").status == 405);
  CHECK(api.Ask("GET", "/api/v1/admin/seal").status == 405);
  CHECK(api.Ask("OPTIONS", "/api/v1/query").status == 204);
  CHECK(api.Ask("HEAD", "/-/healthy").status == 200);
}

TEST_CASE("no pattern stands twice in the table") {
  std::set<std::string_view> patterns;
  for (const Route& route : Routes()) CHECK(patterns.insert(route.pattern).second);
}

TEST_CASE("every endpoint answers a bare request without a 5xx") {
  ApiFixture api;
  for (const Route& route : Routes()) {
    std::string path(route.pattern);
    if (const size_t at = path.find("{name}"); at != std::string::npos) path.replace(at, 6, "code");
    if (path.find("/admin/") != std::string::npos) continue;
    if (path.find("/search/") != std::string::npos) continue;  // 503 unless it is switched on
    if (path.ends_with("/live")) continue;                     // a stream without an end
    if (path == "/api/v1/read" || path == "/federate")
      continue;  // the fake holds no samples to read
    CAPTURE(path);
    const Answered answered = api.Ask("GET", path);
    CHECK((answered.status == 200 || answered.status == 400));
  }
}

TEST_CASE("the server's own metrics are JSON family by family, those whose whole name matches") {
  ApiFixture api;
  const std::string path = "/api/v1/status/self_metrics?metric_name_pattern=";
  const std::string build = api.Get(path + "silverback_build_i.*");
  CHECK(
      build.starts_with(R"({"status":"success","data":[{"name":"silverback_build_info","help":)"));
  CHECK(build.find(R"("type":"GAUGE","metric":[{"label":[{"name":"version","value":"3.14.0"},)") !=
        std::string::npos);
  CHECK(build.ends_with(R"("gauge":{"value":1}}]}]})"));
  CHECK(api.Get(path + "build_info") == R"({"status":"success","data":[]})");
  const std::string durations = api.Get(path + "silverback_query_duration_seconds");
  CHECK(
      durations.find(R"("histogram":{"sampleCount":"0","sampleSum":0,"bucket":[{"cumulativeCount":)"
                     R"("0","upperBound":0.0001},)") != std::string::npos);
  CHECK(durations.find("Inf") == std::string::npos);
  CHECK(api.Ask("GET", path + "(").status == 400);
  const std::string all = api.Get("/api/v1/status/self_metrics");
  CHECK(all.find("process_open_fds") != std::string::npos);
  const std::string text = api.Get("/metrics");
  CHECK(text.find("silverback_query_duration_seconds_bucket{kind=\"instant\",le=\"+Inf\"} 0\n") !=
        std::string::npos);
}

TEST_CASE("the OpenAPI document has every endpoint of the API and a summary of each") {
  ApiFixture api;
  const std::string body = api.Get("/api/v1/openapi.yaml");
  CHECK(body.starts_with("openapi: 3.1.0\n"));
  CHECK(body.find("- url: /api/v1\n") != std::string::npos);
  CHECK(body.find("  /write:\n    post:\n") != std::string::npos);
  CHECK(body.find("/live") == std::string::npos);
  CHECK(api.Get("/api/v1/openapi.yaml?openapi_version=3.2").find("/notifications/live:\n") !=
        std::string::npos);
  for (const Route& route : Routes()) {
    CAPTURE(route.pattern);
    CHECK(route.summary.ends_with('.'));
    if (!route.pattern.starts_with("/api/v1/") || route.pattern.ends_with("/live")) continue;
    const std::string path(route.pattern.substr(std::string_view("/api/v1").size()));
    CHECK(body.find("\n  " + path + ":\n") != std::string::npos);
  }
}

TEST_CASE("build information names a version of Prometheus and no features") {
  ApiFixture api;
  const std::string body = api.Get("/api/v1/status/buildinfo");
  CHECK(body.find(R"("version":"3.14.0")") != std::string::npos);
  CHECK(body.find("features") == std::string::npos);
  CHECK(api.Ask("POST", "/api/v1/status/buildinfo").status == 200);
}

TEST_CASE("flags are an object of strings, sorted") {
  ApiFixture api;
  CHECK(api.Get("/api/v1/status/flags") ==
        R"({"status":"success","data":{"a":"\u003cb\u003e","web.listen-address":"127.0.0.1:1"}})");
}

TEST_CASE("runtime information has upstream's keys") {
  ApiFixture api;
  const std::string body = api.Get("/api/v1/status/runtimeinfo");
  for (const char* key :
       {"\"startTime\":\"2026-08-07T12:00:00Z\"", "CWD", "hostname", "\"reloadConfigSuccess\":true",
        "lastConfigTime", "corruptionCount", "goroutineCount", "GOMAXPROCS", "GOGC", "GODEBUG",
        "\"storageRetention\":\"400d\""}) {
    CAPTURE(key);
    CHECK(body.find(key) != std::string::npos);
  }
}

TEST_CASE("cardinality is counted over the head's series") {
  ApiFixture api;
  CHECK(
      api.Get("/api/v1/status/tsdb?limit=2") ==
      R"({"status":"success","data":{"headStats":{"numSeries":4,"numLabelPairs":7,"chunkCount":0,)"
      R"("minTime":0,"maxTime":100000},)"
      R"("seriesCountByMetricName":[{"name":"m","value":2},{"name":"http.server.duration","value":1}],)"
      R"("labelValueCountByLabelName":[{"name":"__name__","value":3},{"name":"code","value":3}],)"
      R"("memoryInBytesByLabelName":[{"name":"__name__","value":64},{"name":"code","value":27}],)"
      R"("seriesCountByLabelValuePair":[{"name":"__name__=m","value":2},{"name":"__name__=http.server.duration","value":1}]}})");
  CHECK(api.Ask("GET", "/api/v1/status/tsdb?limit=0").status == 400);
  CHECK(api.Ask("GET", "/api/v1/status/tsdb?limit=10001").status == 400);
}

TEST_CASE("rules and alerts are valid and empty") {
  ApiFixture api;
  CHECK(api.Get("/api/v1/rules") == R"({"status":"success","data":{"groups":[]}})");
  CHECK(api.Get("/api/v1/alerts") == R"({"status":"success","data":{"alerts":[]}})");
  CHECK(
      api.Ask("GET",
              "/api/v1/rules?file=a&file[]=b&rule_group=c&rule_group[]=d&rule_name=e&rule_name[]=f"
              "&exclude_alerts=true&group_limit=10&type=alert")
          .status == 200);
  CHECK(api.Ask("GET", "/api/v1/rules?type=x").status == 400);
  CHECK(api.Ask("GET", "/api/v1/rules?exclude_alerts=x").status == 400);
  CHECK(api.Ask("GET", "/api/v1/rules?group_limit=0").status == 400);
  CHECK(api.Ask("GET", "/api/v1/rules?group_next_token=x").status == 400);
}

TEST_CASE("what only a scraper knows is valid and empty") {
  ApiFixture api;
  CHECK(
      api.Get("/api/v1/targets") ==
      R"({"status":"success","data":{"activeTargets":[],"droppedTargets":[],"droppedTargetCounts":{}}})");
  CHECK(
      api.Get("/api/v1/targets?state=Active") ==
      R"({"status":"success","data":{"activeTargets":[],"droppedTargets":[],"droppedTargetCounts":null}})");
  CHECK(api.Get("/api/v1/targets/metadata?metric=x&limit=1") ==
        R"({"status":"success","data":[]})");
  CHECK(api.Ask("GET", "/api/v1/targets/metadata?limit=x").status == 400);
  CHECK(api.Ask("GET", "/api/v1/targets/metadata?match_target={").status == 400);
  CHECK(api.Get("/api/v1/scrape_pools") == R"({"status":"success","data":{"scrapePools":[]}})");
  CHECK(api.Get("/api/v1/scrape_pools/config").find("no scrapePool parameter provided") !=
        std::string::npos);
  CHECK(api.Ask("GET", "/api/v1/targets/relabel_steps?scrapePool=x").status == 400);
  CHECK(api.Get("/api/v1/alertmanagers") ==
        R"({"status":"success","data":{"activeAlertmanagers":[],"droppedAlertmanagers":[]}})");
  CHECK(api.Get("/api/v1/notifications") == R"({"status":"success","data":[]})");
  CHECK(api.Get("/api/v1/status/walreplay")
            .starts_with(R"({"status":"success","data":{"min":0,"max":)"));
  CHECK(api.Get("/api/v1/status/tsdb/blocks") == R"({"status":"success","data":{"blocks":[]}})");
}

TEST_CASE("a server that stops says so to who listens") {
  ApiFixture api;
  api.context.ready = false;
  CHECK(api.Get("/api/v1/notifications").find("shutting down") != std::string::npos);
  const Answered live = api.Ask("GET", "/api/v1/notifications/live");
  CHECK(live.content_type == "text/event-stream");
  CHECK(live.body.starts_with(":\n\ndata: {\"text\":"));
  CHECK(live.body.ends_with("\n\n"));
  api.context.subscribers = 16;
  CHECK(api.Ask("GET", "/api/v1/notifications/live").status == 204);
  CHECK(api.context.subscribers == 16);
}

TEST_CASE("features are upstream's, as this server has them") {
  ApiFixture api;
  const std::string body = api.Get("/api/v1/features");
  CHECK(body.starts_with(R"({"status":"success","data":{"api":{"admin":false,)"));
  CHECK(body.find(R"("rate":true)") != std::string::npos);
  CHECK(body.find(R"("limitk":false)") != std::string::npos);
}

TEST_CASE("deletions ask the database for a range and selectors") {
  ApiFixture api;
  const std::string path = "/api/v1/admin/tsdb/delete_series";
  CHECK(api.Ask("POST", path + "?match[]=m").status == 503);
  api.context.options.enable_admin = true;
  CHECK(api.Ask("POST", path).body.find("no match[] parameter provided") != std::string::npos);
  CHECK(api.Ask("POST", path + "?match[]=m{").status == 400);
  CHECK(api.Ask("POST", path + "?match[]=m&start=x").status == 400);
  CHECK(api.Ask("PUT", path + "?match[]=m&match[]={a=\"b\"}&start=1&end=2").status == 204);
  REQUIRE(api.database.deletions().size() == 1);
  CHECK(api.database.deletions()[0].first == TimeRange{1000, 2000});
  CHECK(api.database.deletions()[0].second == 2);
  CHECK(api.Ask("POST", "/api/v1/admin/tsdb/clean_tombstones").status == 204);
  CHECK(api.Ask("GET", path).status == 405);
}

TEST_CASE("active queries are listed, and killed by their id") {
  ApiFixture api;
  api.engine.active = {{7, "up<1", 120456, false}, {9, "x", 123456, true}};
  CHECK(
      api.Get("/api/v1/status/active_queries") ==
      R"({"status":"success","data":[{"id":7,"query":"up\u003c1","state":"running","startTime":"1970-01-01T00:02:00.456Z","seconds":3},)"
      R"({"id":9,"query":"x","state":"queued","startTime":"1970-01-01T00:02:03.456Z","seconds":0}]})");
  CHECK(api.Ask("POST", "/api/v1/admin/kill_query?id=7").status == 503);
  api.context.options.enable_admin = true;
  CHECK(api.Ask("POST", "/api/v1/admin/kill_query?id=7").status == 204);
  CHECK(api.Ask("POST", "/api/v1/admin/kill_query?id=8").status == 404);
  CHECK(api.Ask("POST", "/api/v1/admin/kill_query").status == 400);
  CHECK(api.Ask("POST", "/api/v1/admin/kill_query?id=-1").status == 400);
}

TEST_CASE("exemplars are valid and empty, times in milliseconds too") {
  ApiFixture api;
  CHECK(api.Get("/api/v1/query_exemplars?query=test&start=1795422652930&end=1795424452930") ==
        R"({"status":"success","data":[]})");
  CHECK(api.Get("/api/v1/query_exemplars?query=1") == R"({"status":"success","data":[]})");
  CHECK(api.Ask("GET", "/api/v1/query_exemplars?query=sum(").status == 400);
  CHECK(api.Ask("GET", "/api/v1/query_exemplars?query=m&start=2&end=1").status == 400);
}

TEST_CASE("admin endpoints are refused unless they are enabled") {
  ApiFixture api;
  for (const char* path : {"seal", "compact", "verify", "snapshot", "tsdb/snapshot",
                           "tsdb/delete_series", "tsdb/clean_tombstones"}) {
    const Answered answered = api.Ask("POST", std::string("/api/v1/admin/") + path);
    CHECK(answered.status == 503);
    CHECK(answered.body ==
          R"({"status":"error","errorType":"unavailable","error":"admin APIs disabled"})");
  }
}

TEST_CASE("admin operations stream progress, then the outcome on a line of its own") {
  ApiFixture api;
  api.context.options.enable_admin = true;
  CHECK(api.Ask("POST", "/api/v1/admin/seal").body == R"({"status":"success","data":{}})");
  const Answered compacted = api.Ask("POST", "/api/v1/admin/compact");
  CHECK(compacted.content_type == "application/x-ndjson");
  CHECK(
      compacted.body ==
      "{\"stage\":\"merge\",\"done\":1,\"total\":2}\n{\"stage\":\"merge\",\"done\":2,\"total\":2}\n"
      "{\"status\":\"success\",\"data\":{}}\n");
  CHECK(api.Ask("POST", "/api/v1/admin/verify").body ==
        "{\"stage\":\"blocks\",\"done\":3,\"total\":3}\n"
        "{\"status\":\"success\",\"data\":{\"parts\":0,\"blocks\":3,\"timelines\":0,\"samples\":0,"
        "\"series\":0,\"postings\":0,\"logRecords\":0,\"findings\":[{\"where\":\"part 1\","
        "\"what\":\"checksum\",\"series\":7,\"minTime\":10,\"maxTime\":20}]}}\n");
  CHECK(api.Ask("POST", "/api/v1/admin/snapshot?target=relative").status == 400);
  api.database.FailWith(absl::InternalError("disk"));
  CHECK(api.Ask("POST", "/api/v1/admin/compact")
            .body.ends_with(
                "{\"status\":\"error\",\"errorType\":\"internal\",\"error\":\"disk\"}\n"));
}

TEST_CASE("readiness ends when the server stops, health does not") {
  ApiFixture api;
  CHECK(api.Ask("GET", "/-/ready").status == 200);
  api.context.ready = false;
  CHECK(api.Ask("GET", "/-/ready").status == 503);
  CHECK(api.Ask("GET", "/-/healthy").status == 200);
}

TEST_CASE("format_query and parse_query answer in upstream's shape") {
  ApiFixture api;
  CHECK(api.Get("/api/v1/format_query?query=sum(rate(m[5m]))by(code)") ==
        R"x({"status":"success","data":"sum by (code) (rate(m[5m]))"})x");
  CHECK(api.Get("/api/v1/parse_query?query=-rate(m{a!=\"<\"}[5m] offset 1m)") ==
        R"({"status":"success","data":{"expr":{"args":[{"anchored":false,"matchers":[)"
        R"({"name":"a","type":"!=","value":"\u003c"},{"name":"__name__","type":"=","value":"m"}],)"
        R"("name":"m","offset":60000,"offsetExpr":null,"range":300000,"rangeExpr":null,)"
        R"("smoothed":false,"startOrEnd":null,"timestamp":null,"type":"matrixSelector"}],)"
        R"("func":{"argTypes":["matrix"],"name":"rate","returnType":"vector","variadic":0},)"
        R"("type":"call"},"op":"-","type":"unaryExpr"}})");
  CHECK(api.Get("/api/v1/parse_query?query=1%2Ba*on(x)group_left(y)b")
            .find(R"("matching":{"card":"many-to-one","fillValues":{"lhs":null,"rhs":null},)"
                  R"("include":["y"],"labels":["x"],"on":true},"op":"*")") != std::string::npos);
  CHECK(api.Ask("GET", "/api/v1/parse_query?query=sum(").status == 400);
  CHECK(api.Ask("GET", "/api/v1/format_query?query=").status == 400);
}

TEST_CASE("metrics are valid text exposition") {
  ApiFixture api;
  api.Get("/api/v1/query?query=1");
  const Answered answered = api.Ask("GET", "/metrics");
  CHECK(answered.content_type == "text/plain; version=0.0.4; charset=utf-8");
  const std::string& text = answered.body;
  CHECK(text.find("silverback_storage_samples_appended_total 42\n") != std::string::npos);
  CHECK(text.find("silverback_query_duration_seconds_count{kind=\"instant\"} 1\n") !=
        std::string::npos);
  CHECK(text.find("process_resident_memory_bytes ") != std::string::npos);
  std::set<std::string> families;
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = text.find('\n', begin);
    REQUIRE(end != std::string::npos);
    const std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.starts_with("# TYPE "))
      CHECK(families.insert(line.substr(7, line.rfind(' ') - 7)).second);
    if (!line.starts_with('#')) CHECK(line.find(' ') != std::string::npos);
  }
  CHECK(families.size() > 40);
}

}  // namespace silverback::testing

// The server's life: flags, restart, admin endpoints, its own metrics.
#include <filesystem>

#include "serve_fixture.h"

namespace silverback::testing {

TEST_CASE("what was acknowledged is there after a restart") {
  TemporaryDirectory directory;
  const std::string path = "--storage.tsdb.path=" + directory.File("data");
  const int64_t now = WallClockMs() / 1000 * 1000;
  {
    ServeOptions options;
    FlagTable table(&options);
    REQUIRE(table.Parse({path, "--web.listen-address=127.0.0.1:0"}).ok());
    auto server = RunningServer::Start(options, {});
    REQUIRE(server.ok());
    const std::string body = Snappy(SeriesField({{"__name__", "kept"}}, {{now, 7}}));
    RawClient client((*server)->port());
    CHECK(client
              .Ask(fmt::format(
                  "POST /api/v1/write HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{}",
                  body.size(), body))
              .status == 204);
    auto second = RunningServer::Start(options, {});
    REQUIRE_FALSE(second.ok());
    CHECK(MessageOf(second.status()).find(directory.path()) != std::string_view::npos);
  }
  ServeOptions options;
  FlagTable table(&options);
  REQUIRE(table.Parse({path, "--web.listen-address=127.0.0.1:0"}).ok());
  auto server = RunningServer::Start(options, {});
  REQUIRE(server.ok());
  RawClient client((*server)->port());
  const Json json = Json::parse(
      client.Ask(RawClient::Get(fmt::format("/api/v1/query?query=kept&time={}", now / 1000)))
          .text());
  CHECK(json["data"]["result"][0]["value"][1] == "7");
}

TEST_CASE("admin endpoints seal, compact, verify and copy") {
  ServeFixture f({"--web.enable-admin-api"});
  const int64_t now = WallClockMs() / 1000 * 1000;
  REQUIRE(f.Write(SeriesField({{"__name__", "m"}}, {{now - 1000, 1}, {now, 2}})).status == 204);
  const auto post = [&f](const std::string& path) { return f.Form("/api/v1/admin/" + path, ""); };
  const auto last_line = [](const RawAnswer& answer) {
    const std::string text = answer.text().substr(0, answer.text().size() - 1);
    return Json::parse(text.substr(text.rfind('\n') + 1));
  };
  CHECK(post("seal").text() == R"({"status":"success","data":{}})");
  CHECK(last_line(post("compact"))["status"] == "success");
  const Json verified = last_line(post("verify"));
  CHECK(verified["status"] == "success");
  CHECK(verified["data"]["samples"] == 2);
  CHECK(verified["data"]["findings"] == Json::array());
  TemporaryDirectory target;
  const Json copied = last_line(post("snapshot?target=" + Encode(target.File("copy"))));
  CHECK(copied["data"]["path"] == target.File("copy"));
  CHECK(std::filesystem::exists(target.File("copy")));
  CHECK(Json::parse(post("tsdb/snapshot").text())["data"]["name"].is_string());
}

TEST_CASE("the server's own metrics cover every layer") {
  ServeFixture f;
  const int64_t now = WallClockMs();
  REQUIRE(f.Write(SeriesField({{"__name__", "m"}}, {{now, 1}})).status == 204);
  f.Get("/api/v1/query?query=m");
  const std::string text = f.Get("/metrics").text();
  for (const char* line :
       {"silverback_remote_write_samples_total 1\n",
        "silverback_storage_samples_appended_total 1\n",
        "silverback_http_requests_total{handler=\"/api/v1/write\",code=\"204\"} 1\n",
        "silverback_query_duration_seconds_count{kind=\"instant\"} 1\n",
        // Not how many: the connections of the requests before may still be closing.
        "silverback_http_connections_busy ", "silverback_storage_wal_syncs_total ",
        "process_cpu_seconds_total "}) {
    CAPTURE(line);
    CHECK(text.find(line) != std::string::npos);
  }
}

TEST_CASE("flags stand under status/flags") {
  ServeFixture f({"--query.max-samples=12345"});
  const Json flags = f.GetJson("/api/v1/status/flags")["data"];
  CHECK(flags["query.max-samples"] == "12345");
  CHECK(flags["storage.tsdb.retention.time"] == "400d");
}

}  // namespace silverback::testing

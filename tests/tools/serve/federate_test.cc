// /federate, deletions and snapshots over the whole server.
#include "serve_fixture.h"

#include "engine/base/coding.h"
#include "engine/base/value.h"

namespace silverback::testing {

TEST_CASE("federation shows the newest samples, not what is stale or old") {
  ServeFixture f;
  const int64_t now = WallClockMs();
  const double stale = ValueOf(kStaleNanBits);
  REQUIRE(f.Write(SeriesField({{"__name__", "b"}, {"x", "\"q\"\n"}},
                              {{now - 2000, 1}, {now - 1000, 2.5}}) +
                  SeriesField({{"__name__", "a"}, {"instance", "i"}}, {{now - 1000, 1e30}}) +
                  SeriesField({{"__name__", "gone"}}, {{now - 2000, 1}, {now - 1000, stale}}) +
                  SeriesField({{"__name__", "old"}}, {{now - 400'000, 1}}) +
                  SeriesField({{"__name__", "u.f"}, {"k.l", "v"}}, {{now - 1000, 3}}))
              .status == 204);
  const auto all = "/federate?match[]=" + Encode("{__name__=~\".+\"}");
  const RawAnswer answer = f.Get(all);
  CHECK(answer.status == 200);
  CHECK(answer.header("content-type") ==
        "text/plain; version=0.0.4; charset=utf-8; escaping=underscores");
  CHECK(answer.text() ==
        fmt::format("# TYPE a untyped\na{{instance=\"i\"}} 1e+30 {0}\n"
                    "# TYPE b untyped\nb{{x=\"\\\"q\\\"\\n\",instance=\"\"}} 2.5 {0}\n"
                    "# TYPE u_f untyped\nu_f{{k_l=\"v\",instance=\"\"}} 3 {0}\n",
                    now - 1000));
  const RawAnswer utf8 = f.Ask(fmt::format(
      "GET {} HTTP/1.1\r\nHost: h\r\nAccept: text/plain;version=1.0.0;escaping=allow-utf-8\r\n\r\n",
      "/federate?match[]=" + Encode("{\"u.f\"}")));
  CHECK(utf8.text() ==
        fmt::format("# TYPE \"u.f\" untyped\n{{\"u.f\",\"k.l\"=\"v\",instance=\"\"}} 3 {}\n",
                    now - 1000));
  CHECK(f.Get("/federate").text().empty());
  CHECK(f.Get("/federate?match[]=" + Encode("{")).status == 400);
}

TEST_CASE("federation shows native histograms in protobuf, and in text what text has words for") {
  ServeFixture f;
  const int64_t now = WallClockMs();
  NativeHistogram custom;
  custom.schema = kCustomBucketsSchema;
  custom.custom_values = {0.5, 2e6};
  custom.positive_spans = {{1, 2}};
  custom.positive_counts = {3, 4};
  custom.count = 7;
  custom.sum = 1.5;
  const auto series = [&](const std::string& name, const NativeHistogram& histogram) {
    return BytesField(1, LabelFields({{"__name__", name}, {"instance", "i"}}) +
                             BytesField(4, HistogramMessage({now, histogram})));
  };
  REQUIRE(f.Write(series("c", custom) + series("n", SmallHistogram(9))).status == 204);
  const std::string path = "/federate?match[]=" + Encode("{__name__=~\".+\"}");
  CHECK(f.Get(path).text() == fmt::format("# TYPE c histogram\n"
                                          "c_bucket{{instance=\"i\",le=\"0.5\"}} 0 {0}\n"
                                          "c_bucket{{instance=\"i\",le=\"2e+06\"}} 3 {0}\n"
                                          "c_bucket{{instance=\"i\",le=\"+Inf\"}} 7 {0}\n"
                                          "c_sum{{instance=\"i\"}} 1.5 {0}\n"
                                          "c_count{{instance=\"i\"}} 7 {0}\n",
                                          now));
  const RawAnswer protobuf = f.Ask(fmt::format(
      "GET {} HTTP/1.1\r\nHost: h\r\nAccept: text/plain;q=0.3,application/vnd.google.protobuf;"
      "proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6\r\n\r\n",
      "/federate?match[]=n"));
  CHECK(protobuf.header("content-type") ==
        "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; "
        "encoding=delimited; escaping=underscores");
  const std::string histogram = DoubleField(2, 9) + DoubleField(4, 9) + VarintField(5, 0) +
                                DoubleField(6, 0) + DoubleField(8, 0) +
                                BytesField(12, VarintField(1, 0) + VarintField(2, 1)) +
                                DoubleField(14, 9);
  const std::string metric = BytesField(1, BytesField(1, "instance") + BytesField(2, "i")) +
                             BytesField(7, histogram) + VarintField(6, static_cast<uint64_t>(now));
  const std::string family = BytesField(1, "n") + VarintField(3, 4) + BytesField(4, metric);
  std::string expected;
  PutLengthPrefixed(&expected, family);
  CHECK(protobuf.text() == expected);
}

TEST_CASE("what is deleted is in no answer, and a snapshot opens") {
  ServeFixture f({"--web.enable-admin-api"});
  const int64_t now = WallClockMs() / 1000 * 1000;
  std::string message;
  for (const char* job : {"a", "b"}) {
    std::vector<Sample> samples;
    for (int i = 0; i < 600; ++i) samples.push_back({now - 600'000 + 1000 * i, 1.0 * i});
    message += SeriesField({{"__name__", "m"}, {"job", job}}, samples);
  }
  REQUIRE(f.Write(message).status == 204);
  const auto erase = [&f](const std::string& parameters) {
    return f.Form("/api/v1/admin/tsdb/delete_series", parameters).status;
  };
  const auto count = [&](const std::string& job) {
    const Json result = f.FormJson(
        "/api/v1/query",
        fmt::format("query={}&time={}", Encode("count_over_time(m{job=\"" + job + "\"}[20m])"),
                    now / 1000))["data"]["result"];
    return result.empty() ? std::string("none") : result[0]["value"][1].get<std::string>();
  };
  CHECK(erase("match[]=" + Encode("m{job=\"a\"}") +
              fmt::format("&start={}&end={}", now / 1000 - 500, now / 1000 - 401)) == 204);
  CHECK(count("a") == "500");
  CHECK(count("b") == "600");
  CHECK(erase("match[]=" + Encode("m{job=\"b\"}")) == 204);
  CHECK(count("b") == "none");
  CHECK(f.GetJson("/api/v1/label/job/values")["data"] == Json::array({"a"}));
  CHECK(f.GetJson("/api/v1/series?match[]=m")["data"].size() == 1);
  CHECK(f.Form("/api/v1/admin/tsdb/clean_tombstones", "").status == 204);
  CHECK(count("a") == "500");
  const Json blocks = f.GetJson("/api/v1/status/tsdb/blocks")["data"]["blocks"];
  REQUIRE_FALSE(blocks.empty());
  uint64_t samples = 0;
  for (const Json& block : blocks) samples += block["stats"]["numSamples"].get<uint64_t>();
  CHECK(samples == 500);

  TemporaryDirectory target;
  const RawAnswer copied =
      f.Form("/api/v1/admin/tsdb/snapshot?target=" + Encode(target.File("copy")), "");
  REQUIRE(copied.status == 200);
  DatabaseOptions options;
  options.path = target.File("copy");
  options.read_only = true;
  options.background = false;
  const auto opened = Database::Open(options);
  REQUIRE(opened.ok());
  const auto view = (*opened)->NewView();
  REQUIRE(view.ok());
  const auto found = (*view)->Select({}, {});
  REQUIRE(found.ok());
  CHECK(found->size() == 1);
}

TEST_CASE("an external URL sets the prefix") {
  ServeFixture f({"--web.external-url=http://example.org/metrics/"});
  CHECK(f.Get("/metrics/-/healthy").status == 200);
  CHECK(f.Get("/-/healthy").status == 404);
  const RawAnswer home = f.Get("/");
  CHECK(home.status == 302);
  CHECK(home.header("location") == "/metrics/");
  CHECK(f.GetJson("/metrics/api/v1/status/flags")["data"]["web.external-url"] ==
        "http://example.org/metrics/");
}

TEST_CASE("CORS: the origins of the flag may ask, before asking too") {
  ServeFixture f({"--web.cors.origin=https?://(a|b)\\.example"});
  const auto ask = [&f](const std::string& method, const std::string& origin) {
    return f.Ask(fmt::format("{} /api/v1/query?query=1 HTTP/1.1\r\nHost: h\r\nOrigin: {}\r\n\r\n",
                             method, origin));
  };
  CHECK(ask("OPTIONS", "http://a.example").status == 204);
  CHECK(ask("OPTIONS", "http://a.example").header("access-control-allow-origin") ==
        "http://a.example");
  CHECK(ask("GET", "https://b.example").header("access-control-allow-origin") ==
        "https://b.example");
  CHECK(ask("GET", "https://b.example").header("access-control-allow-methods") ==
        "GET, POST, OPTIONS");
  CHECK(ask("GET", "https://c.example").header("access-control-allow-origin").empty());
}

}  // namespace silverback::testing

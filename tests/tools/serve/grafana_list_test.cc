// What Grafana's Prometheus data source demands of a server, row by row.
#include <algorithm>
#include <chrono>
#include <thread>

#include "serve_fixture.h"

namespace silverback::testing {
namespace {

void CheckBadData(const RawAnswer& answer) {
  CAPTURE(answer.body);
  CHECK(answer.status == 400);
  const Json json = Json::parse(answer.text());
  CHECK(json["status"] == "error");
  CHECK(json["errorType"] == "bad_data");
  CHECK(json["error"].is_string());
  CHECK_FALSE(json.contains("data"));
}

std::vector<std::string> Strings(const Json& array) {
  return array.get<std::vector<std::string>>();
}

}  // namespace

TEST_CASE_METHOD(GrafanaFixture, "Grafana's list: queries and their shapes") {
  // 1, 4 and 5: the health check, and parameters in body and URL.
  const std::string two = R"({"status":"success","data":{"resultType":"scalar","result":[4,"2"]}})";
  CHECK(Form("/api/v1/query", "query=1%2B1&time=4").text() == two);
  CHECK(Form("/api/v1/query?query=1%2B1&time=4", "").text() == two);
  CHECK(FormJson("/api/v1/query?stats=all&x=1", "query=m")["data"].contains("stats"));
  // 2
  const Json build = GetJson("/api/v1/status/buildinfo")["data"];
  CHECK(build["version"] == "3.14.0");
  CHECK_FALSE(build.contains("features"));

  // 3 and 4
  const std::string range = Range("sum by (code)(rate(m[1m0s]))");
  const RawAnswer posted = Form("/api/v1/query_range", range);
  CHECK(posted.header("content-type") == "application/json");
  const Json matrix = Json::parse(posted.text())["data"];
  CHECK(matrix["resultType"] == "matrix");
  REQUIRE(matrix["result"].size() == 2);
  CHECK(matrix["result"][0]["metric"] == Json{{"code", "200"}});
  CHECK(matrix["result"][1]["metric"] == Json{{"code", "404"}});
  for (const Json& series : matrix["result"]) {
    int64_t before = start_s - 1;
    for (const Json& point : series["values"]) {
      CHECK(point[1].is_string());
      CHECK(point[0].get<int64_t>() > before);
      CHECK((point[0].get<int64_t>() - start_s) % 15 == 0);
      before = point[0].get<int64_t>();
    }
    CHECK(before == end_s);
    CHECK(std::stod(series["values"].back()[1].get<std::string>()) > 0);
  }
  CHECK(Get("/api/v1/query_range?" + range).text() == posted.text());

  // 13: special values are strings.
  CHECK(Form("/api/v1/query", Instant("g")).text().find("\"+Inf\"") != std::string::npos);
  const std::string specials = Form("/api/v1/query_range", Range("g", end_s, end_s)).text();
  for (const char* special : {"\"NaN\"", "\"+Inf\"", "\"-Inf\""}) {
    CHECK(specials.find(special) != std::string::npos);
  }
  CHECK(specials.find("null") == std::string::npos);

  // 14: nothing found.
  CHECK(FormJson("/api/v1/query", Instant("nosuch"))["data"] ==
        Json{{"resultType", "vector"}, {"result", Json::array()}});
  CHECK(FormJson("/api/v1/query_range", Range("nosuch"))["data"] ==
        Json{{"resultType", "matrix"}, {"result", Json::array()}});

  // 16: the most points.
  CHECK(Get("/api/v1/query_range?query=m&start=0&end=11000&step=1").status == 200);
  const RawAnswer too_many = Get("/api/v1/query_range?query=m&start=0&end=11001&step=1");
  CheckBadData(too_many);
  CHECK(too_many.text().find("exceeded maximum resolution of 11,000 points per timeseries") !=
        std::string::npos);

  // 17: what Grafana makes of expressions.
  for (const char* query : {"rate(m[1m0s])", "rate(m[1h0m0s])", "rate(m[24h0m0s])", "m[90s]",
                            "max_over_time(m[1d:1m])", "m{code=\"200\",}", "{__name__=~\".+\",}"}) {
    CAPTURE(query);
    CHECK(Form("/api/v1/query", Instant(query)).status == 200);
  }

  // 21: a classic heatmap.
  const Json heatmap =
      FormJson("/api/v1/query_range", Range("sum by (le)(rate(h_bucket[5m]))"))["data"]["result"];
  REQUIRE(heatmap.size() == 3);
  CHECK(heatmap[0]["metric"]["le"] == "+Inf");
  for (const Json& series : heatmap) {
    REQUIRE(series["values"].size() == heatmap[0]["values"].size());
    for (size_t i = 0; i < series["values"].size(); ++i) {
      CHECK(series["values"][i][0] == heatmap[0]["values"][i][0]);
    }
  }

  // 30: halves on one grid give the points of the whole.
  const auto points = [this](int64_t start, int64_t end) {
    std::map<std::string, std::string> found;
    const Json data = FormJson("/api/v1/query_range", Range("rate(m[2m])", start, end))["data"];
    for (const Json& series : data["result"]) {
      for (const Json& point : series["values"]) {
        found[series["metric"].dump() + point[0].dump()] = point[1].get<std::string>();
      }
    }
    return found;
  };
  auto halves = points(start_s, start_s + 1800);
  halves.merge(points(start_s + 1500, end_s));
  CHECK(halves == points(start_s, end_s));

  // 31: rank order where it is asked for, label order in ranges.
  const auto codes = [](const Json& data) {
    std::vector<std::string> out;
    for (const Json& series : data["result"]) out.push_back(series["metric"]["code"]);
    return out;
  };
  using Codes = std::vector<std::string>;
  CHECK(codes(FormJson("/api/v1/query", Instant("topk(2, {__name__=~\"m|m2\"})"))["data"]) ==
        Codes{"200", "500"});
  CHECK(codes(FormJson("/api/v1/query", Instant("sort_desc({__name__=~\"m|m2\"})"))["data"]) ==
        Codes{"200", "500", "404"});
  CHECK(codes(FormJson("/api/v1/query_range", Range("topk(2, m)"))["data"]) == Codes{"200", "404"});

  // 32: UTF-8 names.
  const std::string utf8 = R"({"http.server.duration","service.name"="x"})";
  CHECK(FormJson("/api/v1/query", Instant(utf8))["data"]["result"].size() == 1);
  CHECK(FormJson("/api/v1/series", "match[]=" + Encode(utf8))["data"].size() == 1);
  CHECK(Strings(GetJson("/api/v1/label/U__service_2e_name/values")["data"]) ==
        std::vector<std::string>{"x"});

  // 33: native histograms, instant and range, and rates of them.
  std::string histograms = LabelFields({{"__name__", "nh"}, {"job", "a"}});
  for (int64_t i = 0; i <= 240; ++i) {
    const HistogramSample sample{(start_s + 15 * i) * 1000,
                                 SmallHistogram(static_cast<uint64_t>(i) + 1)};
    histograms += BytesField(4, HistogramMessage(sample));
  }
  REQUIRE(Write(BytesField(1, histograms)).status == 204);
  const Json last = FormJson("/api/v1/query", Instant("nh"))["data"]["result"];
  REQUIRE(last.size() == 1);
  CHECK_FALSE(last[0].contains("value"));
  const Json buckets = Json::array({Json::array({0, "0.5", "1", "241"})});
  CHECK(last[0]["histogram"] ==
        Json::array({end_s, {{"count", "241"}, {"sum", "241"}, {"buckets", buckets}}}));
  const Json steps = FormJson("/api/v1/query_range", Range("nh"))["data"]["result"];
  REQUIRE(steps.size() == 1);
  CHECK_FALSE(steps[0].contains("values"));
  CHECK(steps[0]["histograms"].size() == 241);
  CHECK(steps[0]["histograms"][1][1]["count"] == "2");
  const Json rates =
      FormJson("/api/v1/query_range", Range("sum(rate(nh[1m0s]))"))["data"]["result"];
  REQUIRE(rates.size() == 1);
  CHECK(std::stod(rates[0]["histograms"].back()[1]["count"].get<std::string>()) ==
        Approx(1.0 / 15));
  CHECK(FormJson(
            "/api/v1/query",
            Instant("histogram_quantile(0.5, rate(nh[1m0s]))"))["data"]["result"][0]["value"][0] ==
        end_s);

  // 28: infos.
  const Json rate_of_gauge = FormJson("/api/v1/query", Instant("rate(m2[5m]) + rate(g[5m])"));
  CHECK(rate_of_gauge["infos"].size() >= 1);
  CHECK_FALSE(rate_of_gauge.contains("warnings"));
  CHECK_FALSE(FormJson("/api/v1/query", Instant("m")).contains("infos"));
}

TEST_CASE_METHOD(GrafanaFixture, "Grafana's list: look-ups") {
  // 6
  CHECK(Strings(FormJson("/api/v1/labels", "limit=40000&" + Window() +
                                               "&match%5B%5D=%7B__name__%3D%22m%22%7D")["data"]) ==
        std::vector<std::string>{"__name__", "code"});
  // 7
  const std::string names = "/api/v1/label/__name__/values?limit=40000&";
  const Json all = GetJson(names + Window())["data"];
  CHECK(Strings(all) ==
        std::vector<std::string>{"g", "h_bucket", "http.server.duration", "m", "m2"});
  CHECK(GetJson(fmt::format("{}start={}&end={}", names, start_s, end_s + 3600))["data"] == all);
  // 8
  const std::string codes = "/api/v1/label/code/values?match[]=";
  CHECK(Strings(GetJson(codes + Encode("m{code=~\"4..\"}"))["data"]) ==
        std::vector<std::string>{"404"});
  CHECK(Strings(GetJson(codes + "m2&match[]=m")["data"]) ==
        std::vector<std::string>{"200", "404", "500"});
  CHECK(GetJson("/api/v1/label/nosuch/values")["data"] == Json::array());
  CheckBadData(Get(codes + "m%7B"));
  // 9
  const Json series = FormJson("/api/v1/series", "match[]=m")["data"];
  REQUIRE(series.size() == 2);
  CHECK(series[0]["__name__"] == "m");
  CheckBadData(Form("/api/v1/series", ""));
  CheckBadData(Form("/api/v1/series", "match[]=%7B%7D"));
  // 10
  CHECK(
      Form("/api/v1/query_exemplars", "query=test&start=1795422652930&end=1795424452930").text() ==
      R"({"status":"success","data":[]})");
  // 22
  const std::string quantile =
      "query=" + Encode("histogram_quantile(0.9, sum by (le)(rate(h_bucket[5m])))");
  const Json exemplars = FormJson("/api/v1/query_exemplars", quantile + "&" + Window())["data"];
  CHECK(exemplars == Json::parse(fmt::format(
                         R"([{{"seriesLabels":{{"__name__":"h_bucket","le":"0.1"}},"exemplars":[
                   {{"labels":{{"trace_id":"t1"}},"value":"0.05","timestamp":{0}}},
                   {{"labels":{{}},"value":"0.1","timestamp":{1}.25}}]}},
                {{"seriesLabels":{{"__name__":"h_bucket","le":"1"}},"exemplars":[
                   {{"labels":{{"trace_id":"t1"}},"value":"0.3","timestamp":{0}}},
                   {{"labels":{{}},"value":"0.6","timestamp":{1}.25}}]}}])",
                         end_s - 60, end_s - 30)));
  // Ends belong to the range; several selectors are united, each series once.
  const auto count = [&](const std::string& query, const std::string& window) {
    size_t n = 0;
    const Json answer = FormJson("/api/v1/query_exemplars", "query=" + Encode(query) + window);
    for (const Json& one : answer["data"]) n += one["exemplars"].size();
    return n;
  };
  CHECK(count("h_bucket", fmt::format("&start={0}&end={0}", end_s - 60)) == 2);
  CHECK(count("h_bucket{le=\"1\"} + on() h_bucket{le=~\"0.1|1\"} + m", "") == 4);
  CHECK(count("1 + 1", "") == 0);
  CheckBadData(Form("/api/v1/query_exemplars", "query=sum("));
  CheckBadData(Form("/api/v1/query_exemplars", "query=m&start=2&end=1"));
  // 18
  CHECK(GetJson("/api/v1/metadata?metric=m")["data"] ==
        Json::parse(R"({"m":[{"type":"counter","help":"Requests.","unit":""}]})"));
  CHECK(GetJson("/api/v1/metadata?limit=40000")["data"]["m"].size() == 1);
  CHECK(GetJson("/api/v1/metadata?metric=nosuch")["data"] == Json::object());
  // 19
  CHECK(GetJson("/api/v1/rules")["data"]["groups"] == Json::array());
  CHECK(Get("/api/v1/rules?file[]=a&rule_group[]=b&rule_name[]=c&exclude_alerts=true&group_limit=5")
            .status == 200);
  CHECK(GetJson("/api/v1/alerts")["data"]["alerts"] == Json::array());
  // 20
  CHECK(Strings(GetJson("/api/v1/label/__name__/values?match[]=" +
                        Encode("{__name__=~\"(?i).*M.*\"}"))["data"]) ==
        std::vector<std::string>{"m", "m2"});
  CHECK(Strings(GetJson("/api/v1/label/__name__/values?match[]=" +
                        Encode("{__name__=~\"m\"}"))["data"]) == std::vector<std::string>{"m"});
  // 24
  for (const char* time : {"2026-08-07T12:00:00.123Z", "1795424040.123", "1.79e9"}) {
    CAPTURE(time);
    CHECK(Get(fmt::format("/api/v1/labels?start={}", time)).status == 200);
    CHECK(Get(fmt::format("/api/v1/label/code/values?start={}", time)).status == 200);
    CHECK(Get(fmt::format("/api/v1/series?match[]=m&start={}", time)).status == 200);
    CHECK(Get(fmt::format("/api/v1/query?query=m&time={}", time)).status == 200);
    CHECK(Get(fmt::format("/api/v1/query_range?query=m&start={}&end=1795424100&step=36000", time))
              .status == 200);
  }
  // 25
  CHECK(
      GetJson(fmt::format("/api/v1/query?query=count({{__name__=~\"m|m2\"}}[5m:1m]+or%20m)&time={}",
                          end_s))["status"] == "error");
  CHECK(GetJson(fmt::format("/api/v1/query?query=count+by%20(x)+({{__name__=~\"m|m2\"}})&time={}",
                            end_s))["data"]["result"][0]["value"][1] == "3");
  // 29
  const auto truncated = [](const Json& json) {
    return json["warnings"] == Json::array({"results truncated due to limit"});
  };
  for (const std::string target : {"/api/v1/labels?limit=1", "/api/v1/label/code/values?limit=1",
                                   "/api/v1/series?match[]=m&limit=1"}) {
    CAPTURE(target);
    CHECK(truncated(GetJson(target)));
    CHECK(GetJson(target)["data"].size() == 1);
    CHECK_FALSE(GetJson(target.substr(0, target.size() - 1) + "0").contains("warnings"));
  }
  const Json one = FormJson("/api/v1/query", Instant("m") + "&limit=1");
  CHECK(truncated(one));
  CHECK(one["data"]["result"].size() == 1);
  // 34
  CHECK(Form("/api/v1/label/code/values?match[]=m", "").status == 200);
  CHECK(Form("/api/v1/status/buildinfo", "").status == 200);
  // 36
  const Json flags = GetJson("/api/v1/status/flags");  // lives as long as its items are walked
  for (const auto& [flag, value] : flags["data"].items()) {
    CHECK(value.is_string());
  }
  CHECK(Ask(RawClient::Get("/api/v1/labels", "Origin: http://x\r\n"))
            .header("access-control-allow-origin") == "*");
}

TEST_CASE_METHOD(GrafanaFixture, "Grafana's list: errors and transport") {
  // 11
  const RawAnswer syntax = Form("/api/v1/query", "query=sum(");
  CheckBadData(syntax);
  CHECK(syntax.text().find("parse error") != std::string::npos);
  // 12
  const RawAnswer many = Form("/api/v1/query", Instant("m + on() m"));
  CHECK(many.status == 422);
  CHECK(Json::parse(many.text())["errorType"] == "execution");
  CHECK_FALSE(Json::parse(many.text()).contains("data"));
  const RawAnswer slow =
      Form("/api/v1/query", Instant("sum_over_time(sum_over_time(sum_over_time({__name__=~\".+\"}"
                                    "[1h:1s])[1h:1s])[1h:1s])") +
                                "&timeout=1ms");
  CAPTURE(slow.text());
  CHECK(slow.status == 503);
  CHECK(Json::parse(slow.text())["errorType"] == "timeout");
  CHECK_FALSE(Json::parse(slow.text()).contains("data"));
  // 15
  const RawAnswer packed = Ask(RawClient::Get("/api/v1/query_range?" + Range("m"),
                                              "Accept-Encoding: gzip, deflate, br, zstd\r\n"));
  CHECK(packed.header("content-encoding") == "gzip");
  if (packed.headers.contains("content-length")) {
    CHECK(packed.header("content-length") == std::to_string(packed.body.size()));
  }
  CHECK(packed.text() == Get("/api/v1/query_range?" + Range("m")).body);
  CHECK_FALSE(Ask(RawClient::Get("/api/v1/query?query=1", "Accept-Encoding: identity\r\n"))
                  .headers.contains("content-encoding"));
  // 23
  CHECK(Ask(RawClient::PostForm("/api/v1/query", "query=1&p=" + std::string(1 << 20, 'x'),
                                "application/x-www-form-urlencoded; charset=UTF-8"))
            .status == 200);
  // 26
  CheckBadData(Get("/api/v1/query_range?query=m&start=1&end=2"));
  CheckBadData(Get("/api/v1/query_range?query=m&start=1&end=2&step=0"));
  CheckBadData(Get("/api/v1/query_range?query=m&start=2&end=1&step=1"));
  CheckBadData(Get("/api/v1/query?query="));
  CheckBadData(Get("/api/v1/query"));
  CheckBadData(Get("/api/v1/labels?limit=-1"));
  CHECK(Get("/api/v1/label/9x/values").status == 200);
  // 27 and 38
  for (const char* path : {"/api/v1/nosuch", "/rules/test/test"}) {
    CHECK(Get(path).status == 404);
    CHECK(Get(path).text() == "404 page not found\n");
  }
  // Without the feature Grafana falls back to labels and values.
  CHECK(Get("/api/v1/search/metric_names").status == 503);
  CHECK(GetJson("/api/v1/search/metric_names")["errorType"] == "unavailable");
  CHECK(Ask("DELETE /api/v1/query HTTP/1.1\r\nHost: h\r\n\r\n").status == 405);
  // 37: the last written value wins.
  const auto write_one = [this](double value) {
    return Write(SeriesField({{"__name__", "r"}}, {{end_s * 1000, value}})).status;
  };
  CHECK(write_one(1) == 204);
  CHECK(write_one(2) == 204);
  CHECK(FormJson("/api/v1/query", Instant("r"))["data"]["result"][0]["value"][1] == "2");
}

TEST_CASE_METHOD(GrafanaFixture, "Grafana's list: connections and clients that leave") {
  using namespace std::chrono_literals;
  // 35
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(std::make_unique<RawClient>(port()));
    clients.back()->Send(RawClient::Get("/api/v1/query?query=1%2B1&time=4"));
  }
  for (const auto& client : clients) CHECK(client->Read().status == 200);
  CHECK(Get("/api/v1/query?query=1").status == 200);  // while a hundred idle
  for (const auto& client : clients) {
    CHECK(client->Ask(RawClient::Get("/-/healthy")).status == 200);
  }
  clients.clear();

  // Regressions have no short cut from one step to the next: 36 M samples a term, a fifth of a second here.
  std::string slow = "vector(0)";
  for (int i = 0; i < 30; ++i) slow += fmt::format(" + deriv(vector(time())[1h:1s] offset {}s)", i);
  RawClient leaving(port());
  leaving.Send(RawClient::PostForm("/api/v1/query_range", Range(slow, end_s - 10'000, end_s, 1)));
  const auto running = [this] {
    return Get("/metrics").text().find("\nsilverback_queries 1\n") != std::string::npos;
  };
  bool seen = false;
  for (int i = 0; i < 1000 && !seen; ++i) {
    seen = running();
    std::this_thread::sleep_for(2ms);
  }
  CHECK(seen);
  leaving.Close();
  bool freed = false;
  for (int i = 0; i < 3000 && !freed; ++i) {
    freed = !running();
    std::this_thread::sleep_for(10ms);
  }
  CHECK(freed);
}

}  // namespace silverback::testing

// A server over a directory of its own, with the samples that Grafana's list speaks of.
#pragma once

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/raw_client/raw_client.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/write_message/write_message.h"
#include "tools/commands/flags.h"
#include "tools/commands/running_server.h"

namespace silverback::testing {

using Json = nlohmann::json;

class ServeFixture {
 public:
  explicit ServeFixture(std::vector<std::string> flags = {}) {
    flags.insert(flags.begin(), {"--storage.tsdb.path=" + directory_.File("data"),
                                 "--web.listen-address=127.0.0.1:0"});
    ServeOptions options;
    FlagTable table(&options);
    const Status parsed = table.Parse(flags);
    INFO(MessageOf(parsed));
    REQUIRE(parsed.ok());
    auto started = RunningServer::Start(options, table.Values());
    INFO(MessageOf(started.status()));
    REQUIRE(started.ok());
    server_ = std::move(started).value();
  }

  RunningServer& server() { return *server_; }
  uint16_t port() const { return server_->port(); }
  RawAnswer Ask(std::string_view bytes) { return RawClient(port()).Ask(bytes); }
  RawAnswer Get(std::string_view target) { return Ask(RawClient::Get(target)); }
  RawAnswer Form(std::string_view path, std::string_view body) {
    return Ask(RawClient::PostForm(path, body));
  }
  Json GetJson(std::string_view target) { return Json::parse(Get(target).text()); }
  Json FormJson(std::string_view path, std::string_view body) {
    return Json::parse(Form(path, body).text());
  }

  RawAnswer Write(const std::string& message) {
    const std::string body = Snappy(message);
    return Ask(
        fmt::format("POST /api/v1/write HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-protobuf"
                    "\r\nContent-Encoding: snappy\r\nX-Prometheus-Remote-Write-Version: 0.1.0\r\n"
                    "Content-Length: {}\r\n\r\n{}",
                    body.size(), body));
  }

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<RunningServer> server_;
};

/// One hour of samples at 15 s that ends at `end_ms`, a multiple of 15 s: the counter m by code (m2 beside it), the
/// histogram h_bucket by le, the gauge g with NaN, +Inf and -Inf, and a series of UTF-8 names.
class GrafanaFixture : public ServeFixture {
 public:
  GrafanaFixture() {
    end_s = WallClockMs() / 15000 * 15 - 30;
    start_s = end_s - 3600;
    std::string message =
        Series({{"__name__", "m"}, {"code", "200"}}, [](int i) { return 10.0 * i; }) +
        Series({{"__name__", "m"}, {"code", "404"}}, [](int i) { return 1.0 * i; }) +
        Series({{"__name__", "m2"}, {"code", "500"}}, [](int i) { return 2.0 * i; });
    for (const auto& [le, factor] : {std::pair{"+Inf", 4.0}, {"0.1", 1.0}, {"1", 3.0}}) {
      message +=
          Series({{"__name__", "h_bucket"}, {"le", le}}, [factor](int i) { return factor * i; });
    }
    constexpr double kInf = std::numeric_limits<double>::infinity();
    for (const auto& [kind, value] :
         {std::pair{"inf", kInf}, {"nan", std::nan("")}, {"neg", -kInf}}) {
      message += Series({{"__name__", "g"}, {"kind", kind}}, [value](int) { return value; });
    }
    message += Series({{"__name__", "http.server.duration"}, {"service.name", "x"}},
                      [](int i) { return 1.0 * i; });
    for (const auto& [le, seconds] : {std::pair{"0.1", 0.05}, {"1", 0.3}}) {
      message +=
          BytesField(1, LabelFields({{"__name__", "h_bucket"}, {"le", le}}) +
                            ExemplarField({{"trace_id", "t1"}}, (end_s - 60) * 1000, seconds) +
                            ExemplarField({}, (end_s - 30) * 1000 + 250, 2 * seconds));
    }
    message += MetadataField(1, "m", "Requests.", "");
    REQUIRE(Write(message).status == 204);
  }

  std::string Range(std::string_view query, int64_t start, int64_t end, int step = 15) const {
    return fmt::format("query={}&start={}&end={}&step={}", Encode(query), start, end, step);
  }
  std::string Range(std::string_view query) const { return Range(query, start_s, end_s); }
  std::string Instant(std::string_view query) const {
    return fmt::format("query={}&time={}", Encode(query), end_s);
  }
  std::string Window() const { return fmt::format("start={}&end={}", start_s, end_s); }

  int64_t start_s = 0;
  int64_t end_s = 0;

 private:
  template <typename Value>
  std::string Series(const LabelPairs& labels, const Value& value) const {
    std::vector<Sample> samples;
    for (int i = 0; i <= 240; ++i) samples.push_back({(start_s + 15 * i) * 1000, value(i)});
    return SeriesField(labels, samples);
  }
};

}  // namespace silverback::testing

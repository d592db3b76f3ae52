// The server over fakes: framing, limits, connections that idle, clients that go away.
#include "tools/http/server.h"

#include <atomic>
#include <chrono>
#include <thread>

#include <catch2/catch.hpp>

#include "tests/support/fakes/fake_database.h"
#include "tests/support/fakes/fake_engine.h"
#include "tests/support/raw_client/raw_client.h"
#include "tests/support/write_message/write_message.h"
#include "tools/http/app.h"

namespace silverback::testing {
namespace {

using namespace std::chrono_literals;

struct ServerFixture {
  explicit ServerFixture(http::AppOptions app_options = {}, http::ServerOptions options = {}) {
    database.Add({{"__name__", "m"}, {"code", "200"}});
    context.database = &database;
    context.engine = &engine;
    receiver = std::make_unique<Receiver>(&database, limits);
    app = std::move(http::App::Create(app_options, &context, receiver.get())).value();
    context.collectors.push_back([this](MetricFamilies& metrics) { app->WriteMetrics(metrics); });
    server = std::move(http::Server::Start(
                           options, [this](const auto& head) { return app->Admit(head); },
                           [this](const auto& request) { return app->Handle(request); }))
                 .value();
  }
  uint16_t port() const { return server->port(); }
  RawAnswer Ask(std::string_view bytes) { return RawClient(port()).Ask(bytes); }
  std::string WriteRequest(std::string_view body, std::string_view headers = "") {
    return fmt::format(
        "POST /api/v1/write HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-protobuf\r\n"
        "Content-Encoding: snappy\r\nContent-Length: {}\r\n{}\r\n{}",
        body.size(), headers, body);
  }

  ReceiverLimits limits{.max_compressed_bytes = 1 << 20};
  FakeDatabase database;
  FakeEngine engine;
  ApiContext context;
  std::unique_ptr<Receiver> receiver;
  std::unique_ptr<http::App> app;
  std::unique_ptr<http::Server> server;
};

constexpr std::string_view kTwo =
    R"({"status":"success","data":{"resultType":"scalar","result":[4,"2"]}})";

/// Waits for a condition that must come true.
template <typename Condition>
bool Eventually(const Condition& condition) {
  for (int i = 0; i < 6000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

/// A result whose JSON is some megabytes.
StatusOr<QueryResult> Large(const QueryRequest&) {
  MatrixResult matrix;
  matrix.grid = {0, 9999 * 1000, 1000};
  for (int i = 0; i < 20; ++i) {
    MatrixSeries series;
    series.labels = LabelSet{{"i", std::to_string(i)}};
    series.column.Reset(10000);
    for (size_t step = 0; step < 10000; ++step)
      series.column.Set(step, 1.0 / static_cast<double>(step + 1));
    matrix.series.push_back(std::move(series));
  }
  return QueryResult{std::move(matrix), {}, {}, {}};
}

}  // namespace

TEST_CASE("parameters come from the URL, the form and both") {
  ServerFixture f;
  CHECK(f.Ask(RawClient::Get("/api/v1/query?query=1%2B1&time=4")).body == kTwo);
  CHECK(f.Ask(RawClient::PostForm("/api/v1/query", "query=1%2B1&time=4")).body == kTwo);
  CHECK(f.Ask(RawClient::PostForm("/api/v1/query?query=1%2B1&time=4", "")).body == kTwo);
  CHECK(f.Ask(RawClient::PostForm("/api/v1/query?time=4&x=1", "query=1")).body == kTwo);
  CHECK(f.Ask(RawClient::PostForm("/api/v1/query", "query=1&time=4",
                                  "application/x-www-form-urlencoded; charset=UTF-8"))
            .body == kTwo);
}

TEST_CASE("a POST without a length has no body") {
  ServerFixture f;
  CHECK(f.Ask("POST /api/v1/query?query=1&time=4 HTTP/1.1\r\nHost: h\r\n\r\n").body == kTwo);
}

TEST_CASE("raw braces, bars and brackets, plus and %20 are understood") {
  ServerFixture f;
  std::string seen;
  f.engine.answer = [&seen](const QueryRequest& request) -> StatusOr<QueryResult> {
    seen = request.query;
    return QueryResult{ScalarResult{4000, 2}, {}, {}, {}};
  };
  f.Ask(RawClient::Get("/api/v1/query?query=sum({__name__=~\"a|b\"}[5m])+by%20(x)"));
  CHECK(seen == "sum({__name__=~\"a|b\"}[5m]) by (x)");
}

TEST_CASE("forms of a megabyte and targets of a hundred kilobytes are taken") {
  ServerFixture f;
  const std::string padding(1 << 20, 'x');
  CHECK(f.Ask(RawClient::PostForm("/api/v1/query", "query=1&time=4&p=" + padding)).body == kTwo);
  CHECK(f.Ask(RawClient::Get("/api/v1/query?query=1&time=4&p=" + padding.substr(0, 100000))).body ==
        kTwo);
  CHECK(f.Ask(RawClient::Get("/api/v1/query?query=1&time=4",
                             "Cookie: " + padding.substr(0, 20000) + "\r\n"))
            .body == kTwo);
}

TEST_CASE("bodies and heads above their limits are refused before they are read") {
  ServerFixture f;
  RawClient client(f.port());
  client.Send("POST /api/v1/query HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n");
  CHECK(client.Read().status == 413);
  CHECK(client.Closed());
  RawClient writer(f.port());
  writer.Send("POST /api/v1/write HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\n");
  const RawAnswer answer = writer.Read();
  CHECK(answer.status == 413);
  CHECK(answer.body.find("--remote-write.max-compressed-bytes") != std::string::npos);
  CHECK(f.Ask(RawClient::Get("/" + std::string(300000, 'x'))).status == 431);
  std::string fields;
  for (int i = 0; i < 300; ++i) fields += "X: y\r\n";
  CHECK(f.Ask(RawClient::Get("/", fields)).status == 431);
}

TEST_CASE("a client that sends a refused body whole still reads the answer") {
  ServerFixture f;
  const std::string body(3 << 20, 'x');
  const RawAnswer answer = f.Ask(f.WriteRequest(body));
  CHECK(answer.status == 413);
  CHECK(answer.header("connection") == "close");
}

TEST_CASE("chunked bodies are taken within the same limits") {
  ServerFixture f;
  CHECK(f.Ask("POST /api/v1/query HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
              "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
              "7\r\nquery=1\r\n7\r\n&time=4\r\n0\r\n\r\n")
            .body == kTwo);
  std::string request =
      "POST /api/v1/write HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 40; ++i) request += "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  CHECK(f.Ask(request).status == 413);
}

TEST_CASE("malformed requests are 400 and end the connection") {
  ServerFixture f;
  for (const char* bytes :
       {"nonsense\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    RawClient client(f.port());
    CHECK(client.Ask(bytes).status == 400);
    CHECK(client.Closed());
  }
}

TEST_CASE("many requests go over one connection, sent one by one or at once") {
  ServerFixture f;
  RawClient client(f.port());
  for (int i = 0; i < 20; ++i) {
    CHECK(client.Ask(RawClient::Get("/api/v1/query?query=1&time=4")).body == kTwo);
  }
  std::string pipelined;
  for (int i = 0; i < 20; ++i) pipelined += RawClient::Get("/api/v1/query?query=1&time=4");
  client.Send(pipelined);
  for (int i = 0; i < 20; ++i) CHECK(client.Read().body == kTwo);
  CHECK(client.Ask(RawClient::Get("/-/healthy", "Connection: close\r\n")).status == 200);
  CHECK(client.Closed());
}

TEST_CASE("a request that arrives byte by byte is answered") {
  ServerFixture f;
  RawClient client(f.port());
  for (const char c : RawClient::PostForm("/api/v1/query", "query=1&time=4")) {
    client.Send(std::string(1, c));
  }
  CHECK(client.Read().body == kTwo);
}

TEST_CASE("HTTP/1.0 gets the body and the end of the connection") {
  ServerFixture f;
  f.engine.answer = Large;
  RawClient client(f.port());
  const RawAnswer answer = client.Ask("GET /api/v1/query?query=1 HTTP/1.0\r\n\r\n");
  CHECK(answer.header("transfer-encoding").empty());
  CHECK(answer.body.ends_with("]}]}}"));
}

TEST_CASE("gzip is used when it is offered, and nothing else") {
  ServerFixture f;
  f.engine.answer = Large;
  const std::string target = "/api/v1/query?query=1";
  const RawAnswer plain = f.Ask(RawClient::Get(target));
  CHECK(plain.header("content-encoding").empty());
  CHECK(plain.body.size() > 2'000'000);
  for (const char* offer : {"gzip", "gzip, deflate, br, zstd"}) {
    const RawAnswer packed =
        f.Ask(RawClient::Get(target, fmt::format("Accept-Encoding: {}\r\n", offer)));
    CHECK(packed.header("content-encoding") == "gzip");
    CHECK(packed.body.size() < plain.body.size() / 2);
    CHECK(packed.text() == plain.body);
  }
  for (const char* offer : {"identity", "deflate", "br", "gzip;q=0"}) {
    CHECK_FALSE(f.Ask(RawClient::Get(target, fmt::format("Accept-Encoding: {}\r\n", offer)))
                    .headers.contains("content-encoding"));
  }
  const RawAnswer metrics = f.Ask(RawClient::Get("/metrics", "Accept-Encoding: gzip\r\n"));
  CHECK(metrics.header("content-encoding") == "gzip");
  CHECK(metrics.header("content-length") == std::to_string(metrics.body.size()));
  CHECK(metrics.text().find("silverback_http_requests_total") != std::string::npos);
}

TEST_CASE("HEAD has no body, OPTIONS and CORS are answered") {
  ServerFixture f;
  RawClient client(f.port());
  client.Send("HEAD /api/v1/query?query=1 HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(client.Read(false).status == 200);
  CHECK(client.Ask(RawClient::Get("/-/healthy")).status == 200);
  const RawAnswer options =
      client.Ask("OPTIONS /api/v1/query HTTP/1.1\r\nHost: h\r\nOrigin: http://x\r\n\r\n");
  CHECK(options.status == 204);
  CHECK(options.header("access-control-allow-origin") == "*");
  CHECK(options.header("access-control-allow-methods") == "GET, POST, OPTIONS");
  CHECK_FALSE(
      client.Ask(RawClient::Get("/-/healthy")).headers.contains("access-control-allow-origin"));
}

TEST_CASE("CORS can be kept to some origins") {
  ServerFixture f({.cors_origin = "https?://(a|b)\\.example"});
  const auto allowed = [&f](const char* origin) {
    return f.Ask(RawClient::Get("/-/healthy", fmt::format("Origin: {}\r\n", origin)))
        .header("access-control-allow-origin");
  };
  CHECK(allowed("https://a.example") == "https://a.example");
  CHECK(allowed("https://c.example").empty());
  CHECK(allowed("https://a.example.evil").empty());
}

TEST_CASE("a route prefix stands before every path") {
  ServerFixture f({.route_prefix = "/prom"});
  CHECK(f.Ask(RawClient::Get("/prom/api/v1/query?query=1&time=4")).body == kTwo);
  CHECK(f.Ask(RawClient::Get("/api/v1/query?query=1&time=4")).status == 404);
  CHECK(f.Ask(RawClient::Get("/prometheus/api/v1/query?query=1&time=4")).status == 404);
  CHECK(f.Ask(RawClient::Get("/prom")).body.find("Silverback") != std::string::npos);
}

TEST_CASE("remote_write is taken over HTTP") {
  ServerFixture f;
  const std::string body = Snappy(SeriesField({{"__name__", "up"}}, {{1000, 1}}));
  CHECK(f.Ask(f.WriteRequest(body)).status == 204);
  CHECK(f.Ask(f.WriteRequest(body, "Expect: 100-continue\r\n")).status == 204);
  CHECK(f.Ask(f.WriteRequest("garbage")).status == 400);
  CHECK(f.Ask(RawClient::Get("/api/v1/write")).status == 405);
  f.database.FailWith(absl::UnavailableError("shutting down"));
  const RawAnswer put_off = f.Ask(f.WriteRequest(body));
  CHECK(put_off.status == 503);
  CHECK(put_off.header("retry-after") == "5");
}

TEST_CASE("a hundred idle connections do not delay an active one, and work when they wake") {
  ServerFixture f;
  std::vector<std::unique_ptr<RawClient>> idle;
  for (int i = 0; i < 100; ++i) {
    idle.push_back(std::make_unique<RawClient>(f.port()));
    CHECK(idle.back()->Ask(RawClient::Get("/-/healthy")).status == 200);
  }
  CHECK(Eventually([&f] { return f.server->busy_connections() == 0; }));
  CHECK(f.server->connections() == 100);
  CHECK(f.Ask(RawClient::Get("/api/v1/query?query=1&time=4")).body == kTwo);
  for (const auto& client : idle) {
    CHECK(client->Ask(RawClient::Get("/-/healthy")).status == 200);
  }
}

TEST_CASE("a hundred requests at once are all answered") {
  ServerFixture f;
  std::atomic<int> running{0};
  std::atomic<int> running_max{0};
  f.engine.answer = [&](const QueryRequest& request) -> StatusOr<QueryResult> {
    const int now = ++running;
    for (int seen = running_max; seen < now && !running_max.compare_exchange_weak(seen, now);) {
    }
    // Every request waits for all the others: none may wait for a worker.
    while (running_max < 100 && !*request.cancelled) std::this_thread::sleep_for(1ms);
    return QueryResult{ScalarResult{4000, 2}, {}, {}, {}};
  };
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(std::make_unique<RawClient>(f.port()));
    clients.back()->Send(RawClient::Get("/api/v1/query?query=1"));
  }
  for (const auto& client : clients) CHECK(client->Read().body == kTwo);
}

TEST_CASE("the longest idle connection makes room for a new one") {
  http::ServerOptions options;
  options.max_connections = 3;
  ServerFixture f({}, options);
  RawClient first(f.port());
  CHECK(first.Ask(RawClient::Get("/-/healthy")).status == 200);
  std::vector<std::unique_ptr<RawClient>> others;
  for (int i = 0; i < 3; ++i) {
    CHECK(Eventually([&f] { return f.server->busy_connections() == 0; }));
    others.push_back(std::make_unique<RawClient>(f.port()));
    CHECK(others.back()->Ask(RawClient::Get("/-/healthy")).status == 200);
  }
  CHECK(first.Closed());
}

TEST_CASE("a client that comes while all connections are busy is let in as soon as one is not") {
  http::ServerOptions options;
  options.max_connections = 1;
  ServerFixture f({}, options);
  for (int i = 0; i < 20; ++i) {
    RawClient busy(f.port());
    CHECK(busy.Ask(RawClient::Get("/-/healthy")).status == 200);
    // The other's worker may still wait for the next request.
    CHECK(RawClient(f.port()).Ask(RawClient::Get("/-/healthy")).status == 200);
  }
}

TEST_CASE("connections that idle too long are closed, requests that never end are refused") {
  http::ServerOptions options;
  options.read_timeout = 300ms;
  ServerFixture f({}, options);
  RawClient idle(f.port());
  CHECK(idle.Ask(RawClient::Get("/-/healthy")).status == 200);
  CHECK(idle.Closed());
  RawClient slow(f.port());
  CHECK(slow.Ask("GET / HTTP/1.1\r\nHost:").status == 408);
}

TEST_CASE("a client that goes away cancels its query") {
  ServerFixture f;
  std::atomic<bool> started{false};
  std::atomic<bool> cancelled{false};
  f.engine.answer = [&](const QueryRequest& request) -> StatusOr<QueryResult> {
    started = true;
    while (!*request.cancelled) std::this_thread::sleep_for(1ms);
    cancelled = true;
    return absl::CancelledError("query was canceled");
  };
  RawClient client(f.port());
  client.Send(RawClient::Get("/api/v1/query?query=1"));
  REQUIRE(Eventually([&] { return started.load(); }));
  client.Close();
  CHECK(Eventually([&] { return cancelled.load(); }));
  CHECK(Eventually([&f] { return f.server->connections() == 0; }));
}

TEST_CASE("a client that goes away in the middle of an answer frees the worker") {
  ServerFixture f;
  f.engine.answer = Large;
  RawClient client(f.port());
  client.Send(RawClient::Get("/api/v1/query?query=1"));
  std::this_thread::sleep_for(20ms);
  client.Close();
  CHECK(Eventually([&f] { return f.server->connections() == 0; }));
}

TEST_CASE("a stop waits for what runs, then cancels it") {
  ServerFixture f;
  std::atomic<bool> started{false};
  f.engine.answer = [&](const QueryRequest& request) -> StatusOr<QueryResult> {
    started = true;
    if (request.query == "short") {
      std::this_thread::sleep_for(100ms);
      return QueryResult{ScalarResult{4000, 2}, {}, {}, {}};
    }
    while (!*request.cancelled) std::this_thread::sleep_for(1ms);
    return absl::CancelledError("query was canceled");
  };
  RawClient finishing(f.port());
  finishing.Send(RawClient::Get("/api/v1/query?query=short"));
  REQUIRE(Eventually([&] { return started.exchange(false); }));
  RawClient endless(f.port());
  endless.Send(RawClient::Get("/api/v1/query?query=long"));
  REQUIRE(Eventually([&] { return started.load(); }));
  f.server->Stop(1s);
  CHECK(finishing.Read().body == kTwo);
  CHECK(endless.Read().status == 503);
  CHECK(endless.Closed());
}

TEST_CASE("an address that is taken is an error that names it") {
  ServerFixture f;
  http::ServerOptions options;
  options.port = f.port();
  const auto second = http::Server::Start(options, nullptr, nullptr);
  REQUIRE_FALSE(second.ok());
  CHECK(MessageOf(second.status()).find(std::to_string(f.port())) != std::string_view::npos);
}

}  // namespace silverback::testing

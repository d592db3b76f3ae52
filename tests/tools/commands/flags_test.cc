#include "tools/commands/flags.h"

#include <fstream>
#include <set>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

Status Parse(const std::vector<std::string>& arguments, ServeOptions* options) {
  FlagTable table(options);
  return table.Parse(arguments);
}

std::string ErrorOf(const std::vector<std::string>& arguments) {
  ServeOptions options;
  return std::string(MessageOf(Parse(arguments, &options)));
}

}  // namespace

TEST_CASE("flags are read in all their forms") {
  ServeOptions options;
  REQUIRE(Parse({"--storage.tsdb.path=/x", "--web.listen-address", "127.0.0.1:1234",
                 "--web.enable-admin-api", "--query.timeout=1m30s", "--query.max-samples=5",
                 "--storage.tsdb.retention.time=15d", "--wal-max-bytes=1GiB", "--wal-sync=interval",
                 "--wal-sync-interval=50ms",
                 "--enable-feature=promql-experimental-functions,promql-per-step-stats",
                 "--enable-feature=promql-binop-fill-modifiers", "--web.route-prefix=/prom/"},
                &options)
              .ok());
  CHECK(options.database.path == "/x");
  CHECK(options.listen.host == "127.0.0.1");
  CHECK(options.listen.port == 1234);
  CHECK(options.enable_admin_api);
  CHECK(options.engine.timeout_ms == 90000);
  CHECK(options.engine.max_samples == 5);
  CHECK(options.database.retention_ms == int64_t{15} * 24 * 3600 * 1000);
  CHECK(options.database.wal_max_bytes == uint64_t{1} << 30);
  CHECK(options.database.wal_sync == WalSync::kInterval);
  CHECK(options.database.wal_sync_interval_ms == 50);
  CHECK(options.engine.parser.experimental_functions);
  CHECK(options.engine.parser.fill_modifiers);
  CHECK(options.per_step_statistics);
  CHECK(options.app.route_prefix == "/prom");
}

TEST_CASE("a switch can be turned off") {
  ServeOptions options;
  options.enable_admin_api = true;
  REQUIRE(Parse({"--no-web.enable-admin-api"}, &options).ok());
  CHECK_FALSE(options.enable_admin_api);
}

TEST_CASE("wrong flags are refused with a reason") {
  struct Row {
    std::vector<std::string> arguments;
    const char* error;
  };
  const Row rows[] = {
      {{"--nosuch=1"}, "there is no flag --nosuch"},
      {{"--no-storage.tsdb.path"}, "there is no flag --no-storage.tsdb.path"},
      {{"data"}, "unexpected argument \"data\""},
      {{"--storage.tsdb.path"}, "--storage.tsdb.path needs a value"},
      {{"--storage.tsdb.path="}, "--storage.tsdb.path: must name a directory"},
      {{"--query.timeout=x"}, "--query.timeout: \"x\" is no duration"},
      {{"--query.timeout=0"}, "--query.timeout: must be above 0"},
      {{"--query.max-samples=0"}, "--query.max-samples: 0 is out of range"},
      {{"--query.max-samples=1x"}, "--query.max-samples: \"1x\" is no whole number"},
      {{"--query.max-samples=-1"}, "--query.max-samples: \"-1\" is no whole number"},
      {{"--wal-max-bytes=1QiB"}, "--wal-max-bytes: \"1QiB\" is no size"},
      {{"--wal-sync=maybe"}, "--wal-sync: \"maybe\" is not one of commit, interval, off"},
      {{"--log.level=loud"}, "--log.level: \"loud\" is not one of"},
      {{"--web.listen-address=9090"}, "--web.listen-address: \"9090\" is no address"},
      {{"--web.listen-address=h:99999"}, "--web.listen-address: port 99999 is out of range"},
      {{"--web.listen-address=::1:9090"}, "an IPv6 address stands in brackets"},
      {{"--web.enable-admin-api=maybe"}, "--web.enable-admin-api: \"maybe\" is not one of"},
      {{"--web.cors.origin=("}, "--web.cors.origin: missing )"},
      {{"--web.route-prefix=/a?b"}, "--web.route-prefix: \"a?b\" is no plain path"},
      {{"--enable-feature=nosuch"}, "--enable-feature: there is no feature \"nosuch\"; known:"},
      {{"--query.timeout=1m", "--query.timeout=2m"}, "--query.timeout is given twice"},
      {{"--wal-segment-bytes=1GiB"}, "--wal-segment-bytes is above --wal-max-bytes"},
      {{"--wal-sync-interval=1s"}, "--wal-sync is not interval"},
      {{"--storage.tsdb.retention.time=1h"}, "--storage.seal-window is above"},
      {{"--remote-write.max-inflight-bytes=1MiB"}, "--remote-write.max-inflight-bytes is below"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.arguments);
    CHECK_THAT(ErrorOf(row.arguments), Catch::Contains(row.error));
  }
}

TEST_CASE("every default can be given as a value") {
  ServeOptions defaults;
  const FlagTable table(&defaults);
  for (const auto& [name, value] : table.Values()) {
    if (value.empty() || name == "wal-sync-interval") continue;
    CAPTURE(name, value);
    ServeOptions options;
    FlagTable parsed(&options);
    REQUIRE(parsed.Parse({"--" + name + "=" + value}).ok());
    for (const auto& [other, now] : parsed.Values()) {
      if (other == name) CHECK(now == value);
    }
  }
}

TEST_CASE("help names every flag once, by group") {
  ServeOptions options;
  const FlagTable table(&options);
  const std::string help = table.Help();
  std::set<std::string> names;
  for (const Flag& flag : table.flags()) {
    CHECK(names.insert(flag.name).second);
    CHECK(help.find(flag.name) != std::string::npos);
    CHECK_FALSE(flag.help.empty());
  }
  CHECK(help.find("\nStorage:\n") != std::string::npos);
  CHECK(help.find("--storage.tsdb.retention.time=DURATION") != std::string::npos);
  CHECK(help.find("(default: 400d)") != std::string::npos);
}

TEST_CASE("docs/flags.md is what the program says") {
  std::ifstream file(SILVERBACK_DOCS "/flags.md");
  const std::string page((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  ServeOptions options;
  CHECK(page.ends_with(FlagTable(&options).Markdown()));
}

TEST_CASE("sizes and addresses print as they are read") {
  CHECK(*ParseBytes("512") == 512);
  CHECK(*ParseBytes("1.5KiB") == 1536);
  CHECK(*ParseBytes("2MB") == 2 << 20);
  CHECK(FormatBytes(512) == "512B");
  CHECK(FormatBytes(3 << 20) == "3MiB");
  CHECK(FormatBytes(1 << 30) == "1GiB");
  for (const char* address : {"127.0.0.1:9090", "[::1]:80", ":0", "host:65535"}) {
    CHECK(FormatAddress(*ParseAddress(address)) == address);
  }
}

}  // namespace silverback

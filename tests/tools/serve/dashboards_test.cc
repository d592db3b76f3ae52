// Every query of the dashboards in docs/grafana, asked as Grafana asks it, over series as the exporters have them.
#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>
#include <set>

#include "serve_fixture.h"

#include "query/syntax/parser.h"

namespace silverback::testing {
namespace {

const std::string kDashboards = std::string(SILVERBACK_SOURCE_DIR) + "/docs/grafana/dashboards";

// A series a line, then its first value and what a scrape adds to it.
constexpr const char* kSeries[] = {
    R"(http_requests_total{job="shop",route="/cart",code="200"} 0 30)",
    R"(http_requests_total{job="shop",route="/cart",code="503"} 0 2)",
    R"(http_request_duration_seconds_bucket{job="shop",route="/cart",le="0.1"} 0 10)",
    R"(http_request_duration_seconds_bucket{job="shop",route="/cart",le="0.3"} 0 20)",
    R"(http_request_duration_seconds_bucket{job="shop",route="/cart",le="1"} 0 30)",
    R"(http_request_duration_seconds_bucket{job="shop",route="/cart",le="+Inf"} 0 32)",
    R"(http_request_duration_seconds_sum{job="shop",route="/cart"} 0 8)",
    R"(http_request_duration_seconds_count{job="shop",route="/cart"} 0 32)",
    R"(node_uname_info{job="node",instance="h1",nodename="h1"} 1 0)",
    R"(node_boot_time_seconds{job="node",instance="h1"} 1700000000 0)",
    R"(node_cpu_seconds_total{job="node",instance="h1",cpu="0",mode="idle"} 0 9)",
    R"(node_cpu_seconds_total{job="node",instance="h1",cpu="0",mode="user"} 0 6)",
    R"(node_load5{job="node",instance="h1"} 0.5 0)",
    R"(node_memory_MemAvailable_bytes{job="node",instance="h1"} 4e9 0)",
    R"(node_memory_MemTotal_bytes{job="node",instance="h1"} 8e9 0)",
    R"(node_memory_MemFree_bytes{job="node",instance="h1"} 1e9 0)",
    R"(node_memory_Buffers_bytes{job="node",instance="h1"} 1e8 0)",
    R"(node_memory_Cached_bytes{job="node",instance="h1"} 2e9 0)",
    R"(node_vmstat_pgmajfault{job="node",instance="h1"} 0 1)",
    R"(node_filesystem_avail_bytes{job="node",instance="h1",device="sda",fstype="ext4",mountpoint="/"} 5e10 -1e6)",
    R"(node_filesystem_size_bytes{job="node",instance="h1",device="sda",fstype="ext4",mountpoint="/"} 1e11 0)",
    R"(node_disk_io_time_seconds_total{job="node",instance="h1",device="sda"} 0 1)",
    R"(node_disk_read_bytes_total{job="node",instance="h1",device="sda"} 0 4096)",
    R"(node_disk_written_bytes_total{job="node",instance="h1",device="sda"} 0 4096)",
    R"(node_disk_read_time_seconds_total{job="node",instance="h1",device="sda"} 0 0.1)",
    R"(node_disk_reads_completed_total{job="node",instance="h1",device="sda"} 0 10)",
    R"(node_disk_write_time_seconds_total{job="node",instance="h1",device="sda"} 0 0.1)",
    R"(node_disk_writes_completed_total{job="node",instance="h1",device="sda"} 0 10)",
    R"(node_network_receive_bytes_total{job="node",instance="h1",device="eth0"} 0 1000)",
    R"(node_network_transmit_bytes_total{job="node",instance="h1",device="eth0"} 0 1000)",
    R"(node_network_receive_errs_total{job="node",instance="h1",device="eth0"} 0 0)",
    R"(node_network_transmit_errs_total{job="node",instance="h1",device="eth0"} 0 0)",
    R"(node_network_receive_drop_total{job="node",instance="h1",device="eth0"} 0 1)",
    R"(pg_up{instance="p1"} 1 0)",
    R"(pg_settings_max_connections{instance="p1"} 100 0)",
    R"(pg_stat_activity_count{instance="p1",datname="app",state="active"} 7 0)",
    R"(pg_stat_activity_max_tx_duration{instance="p1",datname="app",state="active"} 3 0)",
    R"(pg_stat_database_blks_hit{instance="p1",datname="app"} 0 990)",
    R"(pg_stat_database_blks_read{instance="p1",datname="app"} 0 10)",
    R"(pg_stat_database_xact_commit{instance="p1",datname="app"} 0 50)",
    R"(pg_stat_database_xact_rollback{instance="p1",datname="app"} 0 1)",
    R"(pg_stat_database_tup_returned{instance="p1",datname="app"} 0 500)",
    R"(pg_stat_database_tup_fetched{instance="p1",datname="app"} 0 400)",
    R"(pg_stat_database_tup_inserted{instance="p1",datname="app"} 0 30)",
    R"(pg_stat_database_tup_updated{instance="p1",datname="app"} 0 20)",
    R"(pg_stat_database_tup_deleted{instance="p1",datname="app"} 0 10)",
    R"(pg_stat_database_temp_bytes{instance="p1",datname="app"} 0 8192)",
    R"(pg_stat_database_deadlocks{instance="p1",datname="app"} 0 1)",
    R"(pg_stat_database_conflicts{instance="p1",datname="app"} 0 0)",
    R"(pg_locks_count{instance="p1",datname="app",mode="accesssharelock"} 5 0)",
    R"(pg_database_size_bytes{instance="p1",datname="app"} 1e9 100)",
    R"(pg_stat_bgwriter_checkpoints_timed_total{instance="p1"} 0 1)",
    R"(pg_stat_bgwriter_checkpoints_req_total{instance="p1"} 0 1)",
    R"(pg_replication_lag_seconds{instance="p1"} 0.2 0)",
};

constexpr int kScrapes = 240;

std::string SeriesOf(const char* line, int64_t end_s) {
  const std::string text(line);
  const size_t brace = text.rfind('}') + 1;
  double value = 0;
  double step = 0;
  REQUIRE(std::sscanf(text.c_str() + brace, "%lf %lf", &value, &step) == 2);
  const auto matchers = syntax::ParseMetricSelector(text.substr(0, brace), {});
  REQUIRE(matchers.ok());
  LabelPairs labels;
  for (const Matcher& matcher : *matchers) labels.emplace_back(matcher.name(), matcher.value());
  std::sort(labels.begin(), labels.end());
  std::vector<Sample> samples;
  for (int i = 0; i <= kScrapes; ++i) {
    samples.push_back({(end_s - 15 * (kScrapes - i)) * 1000, value + step * i});
  }
  return SeriesField(labels, samples);
}

/// With every variable as Grafana fills it in for "All".
std::string Filled(std::string text) {
  text = std::regex_replace(text, std::regex(R"(\$__rate_interval)"), "1m0s");
  return std::regex_replace(text, std::regex(R"(\$(job|route|instance|datname)\b)"), ".+");
}

class DashboardFixture : public ServeFixture {
 public:
  DashboardFixture() {
    end_s = WallClockMs() / 15000 * 15 - 30;
    std::string message;
    for (const char* line : kSeries) message += SeriesOf(line, end_s);
    REQUIRE(Write(message).status == 204);
  }

  void CheckQuery(const Json& target) {
    const std::string query = Filled(target["expr"]);
    CAPTURE(query);
    const bool instant = target.value("instant", false);
    const std::string times = instant
                                  ? fmt::format("&time={}", end_s)
                                  : fmt::format("&start={}&end={}&step=15", end_s - 1800, end_s);
    const Json answer = FormJson(instant ? "/api/v1/query" : "/api/v1/query_range",
                                 "query=" + Encode(query) + times);
    CHECK(answer["status"] == "success");
    CHECK_FALSE(answer.contains("warnings"));
    // A week ago there was nothing.
    if (query.find("offset 1w") == std::string::npos) CHECK_FALSE(answer["data"]["result"].empty());
    if (target.value("exemplar", false)) {
      CHECK(FormJson("/api/v1/query_exemplars", "query=" + Encode(query))["status"] == "success");
    }
  }

  /// `label_values(selector, label)`.
  void CheckVariable(const std::string& text) {
    CAPTURE(text);
    std::smatch parts;
    const std::string query = Filled(text);
    REQUIRE(std::regex_match(query, parts, std::regex(R"(label_values\((.*), (\w+)\))")));
    const Json answer =
        GetJson("/api/v1/label/" + parts[2].str() + "/values?match[]=" + Encode(parts[1].str()));
    CHECK_FALSE(answer["data"].empty());
  }

  int64_t end_s = 0;
};

Json Load(const std::filesystem::path& path) {
  std::ifstream in(path);
  REQUIRE(in);
  return Json::parse(in);
}

}  // namespace

TEST_CASE_METHOD(DashboardFixture, "every query of the dashboards finds what it asks for") {
  std::set<std::string> uids;
  size_t queries = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kDashboards)) {
    CAPTURE(entry.path().string());
    const Json board = Load(entry.path());
    CHECK(uids.insert(board["uid"]).second);
    std::set<int> ids;
    for (const Json& panel : board["panels"]) {
      CHECK(ids.insert(panel["id"].get<int>()).second);
      if (!panel.contains("targets")) continue;
      for (const Json& target : panel["targets"]) {
        CheckQuery(target);
        ++queries;
      }
    }
    for (const Json& variable : board["templating"]["list"]) {
      if (variable["type"] == "query") CheckVariable(variable["definition"]);
    }
  }
  CHECK(uids.size() == 3);
  CHECK(queries >= 55);
}

}  // namespace silverback::testing

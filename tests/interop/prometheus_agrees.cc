// Interoperability with the real thing: Prometheus scrapes a node exporter, itself and a target with native histograms and
// exemplars every second and remote_writes to Silverback, which seals every few seconds; then both are asked the same
// questions. A Prometheus of version 3 sends remote_write 2.0.
//
//     test_interop_prometheus PEERS_BIN_DIRECTORY EXPRESSIONS_FILE [seconds]
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/clock.h"
#include "tests/interop/answer.h"
#include "tests/interop/instrumented_target.h"
#include "tests/interop/prometheus_process.h"
#include "tests/support/process/server_process.h"
#include "tests/support/temporary_directory.h"
#include "tools/client/api_client.h"

namespace silverback {
namespace {

constexpr double kRelative = 1e-9;
constexpr int64_t kRangeSeconds = 30;
constexpr int64_t kStepSeconds = 5;

constexpr std::string_view kNewOnly = ">=3 ";

StatusOr<std::vector<std::string>> ReadExpressions(const std::string& path, bool is_new) {
  std::ifstream in(path);
  if (!in) return Error(absl::StatusCode::kNotFound, "cannot read {}", path);
  std::vector<std::string> expressions;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    if (!line.starts_with(kNewOnly)) {
      expressions.push_back(line);
    } else if (is_new) {
      expressions.push_back(line.substr(kNewOnly.size()));
    }
  }
  return expressions;
}

/// Prometheus, its target and Silverback, all on loopback.
class Setup {
 public:
  explicit Setup(std::string bin) : bin_(std::move(bin)) {}

  Status Start() {
    RETURN_IF_ERROR(silverback_.Start());
    ASSIGN_OR_RETURN(const int exporter_port, FreeLoopbackPort());
    const std::string exporter = fmt::format("127.0.0.1:{}", exporter_port);
    ASSIGN_OR_RETURN(exporter_, ChildProcess::Start(bin_ + "/prometheus-node-exporter",
                                                    {"--web.listen-address=" + exporter},
                                                    directory_.File("exporter.log")));
    RETURN_IF_ERROR(target_.Start());
    ASSIGN_OR_RETURN(ours_, ApiClient::Create(silverback_.url()));
    ASSIGN_OR_RETURN(const int version, PrometheusProcess::MajorVersion(bin_, directory_.path()));
    is_new_ = version >= 3;
    return prometheus_.Start(bin_, directory_.path(), [&](const std::string& address) {
      return fmt::format(
          "global: {{scrape_interval: 1s{}}}\n"
          "remote_write: [{{url: '{}/api/v1/write', send_exemplars: true, "
          "send_native_histograms: true{}, queue_config: {{batch_send_deadline: 500ms}}}}]\n"
          "scrape_configs:\n"
          "- {{job_name: node, static_configs: [{{targets: ['{}']}}]}}\n"
          "- {{job_name: prometheus, static_configs: [{{targets: ['{}']}}]}}\n"
          "- {{job_name: target, static_configs: [{{targets: ['{}']}}]}}\n",
          is_new_ ? ", scrape_native_histograms: true" : "", silverback_.url(),
          is_new_ ? ", protobuf_message: io.prometheus.write.v2.Request" : "", exporter, address,
          target_.address());
    });
  }

  ApiClient* ours() { return ours_.get(); }
  ApiClient* theirs() { return prometheus_.client(); }
  /// Whether Prometheus is of version 3 or newer.
  bool is_new() const { return is_new_; }

 private:
  TemporaryDirectory directory_;
  std::string bin_;
  bool is_new_ = false;
  ServerProcess silverback_{{.data_directory = directory_.File("silverback"),
                             .flags = {"--storage.seal-window=5s", "--storage.merge-interval=3s"}}};
  ChildProcess exporter_;
  InstrumentedTarget target_;
  PrometheusProcess prometheus_;
  std::unique_ptr<ApiClient> ours_;
};

/// The time of the newest sample of every target, in ms since the epoch; empty until all have been scraped.
std::vector<int64_t> NewestScrapes(ApiClient* client) {
  std::vector<int64_t> times;
  const auto answer = AskServer(client, "/api/v1/query", {{"query", "timestamp(up)"}});
  if (!answer.ok()) return times;
  for (const auto& [labels, points] : answer->series)
    times.push_back(std::llround(points[0].values[0] * 1000));
  return times;
}

/// A time with its milliseconds as far as can be from those of every scrape, and from whole seconds, where the steps of subqueries
/// are, so that nothing lies on the edge of a window (Prometheus 2 includes the left edge, Prometheus 3 does not).
int64_t OffTheGrid(int64_t about_ms, const std::vector<int64_t>& scrapes) {
  int64_t best = 0;
  int64_t best_distance = -1;
  for (int64_t candidate = 0; candidate < 1000; candidate += 10) {
    int64_t distance = std::min(candidate, 1000 - candidate);
    for (const int64_t scrape : scrapes) {
      const int64_t gap = std::abs(scrape % 1000 - candidate);
      distance = std::min({distance, gap, 1000 - gap});
    }
    if (distance > best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return about_ms / 1000 * 1000 + best;
}

/// Empty if both answer query_exemplars alike, and not with nothing; otherwise what is wrong.
std::string CompareExemplars(Setup* setup, const std::string& query, int64_t at_ms) {
  const Parameters parameters = {
      {"query", query}, {"start", Seconds(at_ms - 60'000)}, {"end", Seconds(at_ms)}};
  const auto ours = setup->ours()->PostForm("/api/v1/query_exemplars", parameters);
  const auto theirs = setup->theirs()->PostForm("/api/v1/query_exemplars", parameters);
  if (!ours.ok()) return std::string(MessageOf(ours.status()));
  if (!theirs.ok()) return std::string(MessageOf(theirs.status()));
  const auto data = [](const HttpAnswer& answer) {
    return nlohmann::json::parse(answer.body, nullptr, false).value("data", nlohmann::json());
  };
  if (data(*theirs).empty()) return "Prometheus has no exemplars: " + theirs->body;
  if (data(*ours) == data(*theirs)) return {};
  return fmt::format("{}\ninstead of {}", ours->body, theirs->body);
}

int CompareAll(Setup* setup, const std::vector<std::string>& expressions, int64_t at_ms) {
  int passed = 0;
  int failed = 0;
  const auto count = [&](std::string_view path, std::string_view query,
                         const std::string& difference) {
    difference.empty() ? ++passed : ++failed;
    if (!difference.empty()) {
      std::printf("%s %s: %s\n", std::string(path).c_str(), std::string(query).c_str(),
                  difference.c_str());
    }
  };
  const auto compare = [&](const std::string& path, const Parameters& parameters) {
    const auto ours = AskServer(setup->ours(), path, parameters);
    const auto theirs = AskServer(setup->theirs(), path, parameters);
    std::string difference;
    if (!theirs.ok()) {
      difference = "Prometheus " + std::string(MessageOf(theirs.status()));
    } else if (!ours.ok()) {
      difference = "Silverback " + std::string(MessageOf(ours.status()));
    } else {
      difference = Difference(*ours, *theirs, kRelative);
    }
    count(path, parameters[0].second, difference);
  };
  for (const std::string& expression : expressions) {
    compare("/api/v1/query", {{"query", expression}, {"time", Seconds(at_ms)}});
    compare("/api/v1/query_range", {{"query", expression},
                                    {"start", Seconds(at_ms - kRangeSeconds * 1000)},
                                    {"end", Seconds(at_ms)},
                                    {"step", std::to_string(kStepSeconds)}});
  }
  for (const char* query : {"target_requests_total", "target_latency_seconds_bucket"}) {
    count("/api/v1/query_exemplars", query, CompareExemplars(setup, query, at_ms));
  }
  std::printf("%zu expressions, each instant and range\n%d passed, %d failed\n", expressions.size(),
              passed, failed);
  return failed == 0 ? 0 : 1;
}

int Main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr,
                 "usage: test_interop_prometheus PEERS_BIN_DIRECTORY EXPRESSIONS_FILE [seconds]\n");
    return 2;
  }
  const auto fail = [](const Status& status) {
    std::printf("%s\n0 passed, 1 failed\n", std::string(MessageOf(status)).c_str());
    return 1;
  };
  Setup setup(argv[1]);
  if (const Status status = setup.Start(); !status.ok()) return fail(status);
  const auto expressions = ReadExpressions(argv[2], setup.is_new());
  if (!expressions.ok()) return fail(expressions.status());
  const int seconds = argc > 3 ? std::atoi(argv[3]) : 75;
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
  const std::vector<int64_t> scrapes = NewestScrapes(setup.theirs());
  if (scrapes.size() < 3) {
    return fail(Error(absl::StatusCode::kUnavailable, "Prometheus has scraped {} of its 3 targets",
                      scrapes.size()));
  }
  const int64_t at_ms =
      OffTheGrid(*std::min_element(scrapes.begin(), scrapes.end()) - 2000, scrapes);
  // Wait until remote_write has delivered what lies before that time.
  for (int attempt = 0; attempt < 600; ++attempt) {
    const std::vector<int64_t> ours = NewestScrapes(setup.ours());
    if (ours.size() == scrapes.size() && *std::min_element(ours.begin(), ours.end()) > at_ms) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return CompareAll(&setup, *expressions, at_ms);
}

}  // namespace
}  // namespace silverback

int main(int argc, char** argv) {
  return silverback::Main(argc, argv);
}

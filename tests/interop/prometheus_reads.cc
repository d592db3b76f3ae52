// Debian's Prometheus reads through Silverback by remote_read, and scrapes its /federate: both must show what Silverback holds.
//
//     test_interop_remote_read PEERS_BIN_DIRECTORY
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/value.h"
#include "tests/interop/answer.h"
#include "tests/interop/prometheus_process.h"
#include "tests/support/process/server_process.h"
#include "tests/support/temporary_directory.h"
#include "tools/client/api_client.h"
#include "tools/client/write_request.h"

namespace silverback {
namespace {

constexpr int64_t kStepMs = 15'000;
constexpr int kSamples = 2000;  // of a series: many chunks, more than one frame's worth together
constexpr double kRelative = 1e-12;

// Each read through Prometheus and asked of Silverback itself, as an instant and as a range query.
constexpr const char* kExpressions[] = {
    "rr_counter",
    "sum by (job) (rate(rr_counter[2m]))",
    "increase(rr_counter{instance=~\"i[01]\"}[10m])",
    "rr_gauge{job!=\"a\"}",
    "max_over_time(rr_gauge[1h])",
    "quantile_over_time(0.9, rr_gauge[30m])",
    "count_over_time({__name__=~\"rr_.*\"}[5h])",
    "rr_stale",
    "rr_late - rr_late offset 7m",
    "topk(2, rr_counter) or rr_gauge",
    "absent(rr_nothing)",
};

std::vector<Sample> Samples(int64_t end_ms, int seed) {
  std::vector<Sample> samples;
  double counter = 0;
  for (int i = 0; i < kSamples; ++i) {
    counter += (i * 7 + seed * 3) % 11;
    samples.push_back({end_ms - (kSamples - 1 - i) * kStepMs + seed, counter});
  }
  return samples;
}

Status Post(ApiClient* client, WriteRequestBuilder* builder) {
  ASSIGN_OR_RETURN(const HttpAnswer answer, client->Write(builder->Finish()));
  if (answer.status == 204) return absl::OkStatus();
  return Error(absl::StatusCode::kInternal, "the write was answered {}: {}", answer.status,
               answer.body);
}

/// Counters, gauges of any bits, a series with stale markers, one that came out of order. The older half is sealed.
Status Fill(ApiClient* client, int64_t end_ms) {
  WriteRequestBuilder older;
  WriteRequestBuilder younger;
  for (int seed = 0; seed < 12; ++seed) {
    const std::string name = seed < 6     ? "rr_counter"
                             : seed < 10  ? "rr_gauge"
                             : seed == 10 ? "rr_stale"
                                          : "rr_late";
    const std::string labels = WriteRequestBuilder::EncodeLabels(LabelSet{
        {"__name__", name}, {"instance", fmt::format("i{}", seed)}, {"job", seed % 2 ? "a" : "b"}});
    std::vector<Sample> samples = Samples(end_ms, seed);
    for (size_t i = 0; i < samples.size(); ++i) {
      if (name == "rr_gauge") samples[i].value = std::sin(static_cast<double>(i) * 0.1) * 1e3 / 7;
      if (name == "rr_stale" && i % 100 > 90) samples[i].value = ValueOf(kStaleNanBits);
    }
    const auto half = std::span<const Sample>(samples).first(samples.size() / 2);
    const auto rest = std::span<const Sample>(samples).subspan(samples.size() / 2);
    (name == "rr_late" ? younger : older).Add(labels, half);
    (name == "rr_late" ? older : younger).Add(labels, rest);
  }
  RETURN_IF_ERROR(Post(client, &older));
  ASSIGN_OR_RETURN(const HttpAnswer sealed, client->PostForm("/api/v1/admin/seal", {}));
  if (sealed.status != 200) return Error(absl::StatusCode::kInternal, "{}", sealed.body);
  return Post(client, &younger);
}

class Setup {
 public:
  explicit Setup(std::string bin) : bin_(std::move(bin)) {}

  Status Start(int64_t end_ms) {
    RETURN_IF_ERROR(silverback_.Start());
    ASSIGN_OR_RETURN(ours_, ApiClient::Create(silverback_.url()));
    RETURN_IF_ERROR(Fill(ours_.get(), end_ms));
    return prometheus_.Start(bin_, directory_.path(), [this](const std::string&) {
      return fmt::format(
          "global: {{scrape_interval: 1s}}\n"
          "remote_read: [{{url: '{0}/api/v1/read', read_recent: true}}]\n"
          "scrape_configs:\n"
          "- job_name: federate\n"
          "  honor_labels: true\n"
          "  metrics_path: /federate\n"
          "  params: {{'match[]': ['{{__name__=~\"fed_.*\"}}']}}\n"
          "  static_configs: [{{targets: ['{1}']}}]\n",
          silverback_.url(), silverback_.url().substr(7));
    });
  }

  ApiClient* ours() { return ours_.get(); }
  ApiClient* theirs() { return prometheus_.client(); }

 private:
  TemporaryDirectory directory_;
  std::string bin_;
  ServerProcess silverback_{
      {.data_directory = directory_.File("silverback"), .flags = {"--web.enable-admin-api"}}};
  PrometheusProcess prometheus_;
  std::unique_ptr<ApiClient> ours_;
};

std::string Compare(Setup* setup, const std::string& path, const Parameters& parameters) {
  const auto ours = AskServer(setup->ours(), path, parameters);
  if (!ours.ok()) return std::string(MessageOf(ours.status()));
  const auto theirs = AskServer(setup->theirs(), path, parameters);
  if (!theirs.ok()) return std::string(MessageOf(theirs.status()));
  return Difference(*theirs, *ours, kRelative);
}

/// Samples written to Silverback now must come to Prometheus by its scrapes of /federate, with labels, value and time.
std::string CheckFederation(Setup* setup) {
  const int64_t now = WallClockMs();
  WriteRequestBuilder builder;
  builder.Add(WriteRequestBuilder::EncodeLabels(
                  LabelSet{{"__name__", "fed_value"}, {"instance", "far"}, {"job", "away"}}),
              std::vector<Sample>{{now, 42.5}});
  builder.Add(WriteRequestBuilder::EncodeLabels(
                  LabelSet{{"__name__", "fed_quoted"}, {"job", "away"}, {"x", "a\"b\\c\n"}}),
              std::vector<Sample>{{now, -1}});
  if (const Status posted = Post(setup->ours(), &builder); !posted.ok()) {
    return std::string(MessageOf(posted));
  }
  // Only what Prometheus has itself: its local series are read beside the remote ones, with equal labels and times.
  std::string difference = "never scraped";
  for (int attempt = 0; attempt < 300 && !difference.empty(); ++attempt) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const auto up =
        AskServer(setup->theirs(), "/api/v1/query", {{"query", "scrape_samples_scraped == 2"}});
    if (!up.ok() || up->series.empty()) continue;
    difference = Compare(setup, "/api/v1/query",
                         {{"query", "{__name__=~\"fed_.*\"}"}, {"time", Seconds(now + 500)}});
  }
  return difference;
}

int Main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: test_interop_remote_read PEERS_BIN_DIRECTORY\n");
    return 2;
  }
  const int64_t end_ms = WallClockMs() / 1000 * 1000 - 60'000;
  Setup setup(argv[1]);
  if (const Status status = setup.Start(end_ms); !status.ok()) {
    std::printf("%s\n0 passed, 1 failed\n", std::string(MessageOf(status)).c_str());
    return 1;
  }
  int passed = 0;
  int failed = 0;
  const auto count = [&](const std::string& what, const std::string& difference) {
    difference.empty() ? ++passed : ++failed;
    if (!difference.empty()) std::printf("%s: %s\n", what.c_str(), difference.c_str());
  };
  // No sample lies on the edge of a window: Prometheus 2 includes the left edge, Prometheus 3 does not.
  const int64_t at_ms = end_ms - 500;
  for (const char* expression : kExpressions) {
    count(expression,
          Compare(&setup, "/api/v1/query", {{"query", expression}, {"time", Seconds(at_ms)}}));
    count(expression, Compare(&setup, "/api/v1/query_range",
                              {{"query", expression},
                               {"start", Seconds(at_ms - 6 * 3600 * 1000)},
                               {"end", Seconds(at_ms)},
                               {"step", "307"}}));
  }
  count("/federate", CheckFederation(&setup));
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace silverback

int main(int argc, char** argv) {
  return silverback::Main(argc, argv);
}

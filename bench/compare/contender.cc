#include "bench/compare/contender.h"

#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "engine/base/file_system.h"

namespace silverback {
namespace {

using Arguments = std::vector<std::string>;

Arguments SilverbackArguments(const ContenderKind::Place& place) {
  return {"serve", "--storage.tsdb.path=" + place.directory,
          "--web.listen-address=" + place.address, "--web.enable-admin-api"};
}

/// Limits that would refuse the questions are lifted; samples are visible at once, as with the others.
Arguments VictoriaMetricsArguments(const ContenderKind::Place& place) {
  return {"-storageDataPath=" + place.directory,
          "-httpListenAddr=" + place.address,
          "-retentionPeriod=10y",
          "-search.latencyOffset=0s",
          "-search.maxQueryDuration=10m",
          "-search.maxPointsPerTimeseries=100000",
          "-search.maxUniqueTimeseries=5000000",
          "-search.maxSeries=5000000",
          "-loggerLevel=ERROR"};
}

/// The senders are not in step and the fleet begins in the past: the window for late samples covers it.
Arguments PrometheusArguments(const ContenderKind::Place& place) {
  std::ofstream(place.directory + ".yml")
      << "storage: {tsdb: {out_of_order_time_window: " << place.late_days << "d}}\n";
  return {"--config.file=" + place.directory + ".yml",
          "--storage.tsdb.path=" + place.directory,
          "--web.listen-address=" + place.address,
          "--web.enable-remote-write-receiver",
          "--enable-feature=native-histograms",
          "--storage.tsdb.retention.time=10y",
          "--query.timeout=10m",
          "--query.max-samples=2000000000",
          "--log.level=error"};
}

}  // namespace

const std::vector<ContenderKind>& ContenderKinds() {
  static const std::vector<ContenderKind> kinds = {
      {"silverback", "/-/ready", SilverbackArguments, {"/api/v1/admin/compact"}},
      {"victoria-metrics",
       "/health",
       VictoriaMetricsArguments,
       {"/internal/force_flush", "/internal/force_merge"}},
      {"prometheus", "/-/ready", PrometheusArguments, {}},
  };
  return kinds;
}

Status Contender::Launch() {
  ASSIGN_OR_RETURN(const int port, FreeLoopbackPort());
  const std::string address = fmt::format("127.0.0.1:{}", port);
  url_ = "http://" + address;
  RETURN_IF_ERROR(FileSystem::Posix()->CreateDirectories(DirectoryOf(directory_)));
  ASSIGN_OR_RETURN(process_,
                   ChildProcess::Start(binary_, kind_->arguments({directory_, address, late_days_}),
                                       directory_ + ".log"));
  return absl::OkStatus();
}

Status Contender::Start() {
  RETURN_IF_ERROR(Launch());
  ASSIGN_OR_RETURN(auto client, ApiClient::Create(url_));
  for (int attempt = 0; attempt < 120'000 && process_.Running(); ++attempt) {
    const auto answer = client->Get(kind_->ready_path);
    if (answer.ok() && answer->status == 200) return absl::OkStatus();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return Error(absl::StatusCode::kUnavailable, "{} does not answer: see {}.log", name(),
               directory_);
}

void Contender::Kill() {
  process_.Signal(SIGKILL);
  process_.Wait();
}

ProcessUsage Contender::Stop() {
  process_.Signal(SIGTERM);
  process_.Wait();
  return process_.usage();
}

void Contender::Settle() {
  auto client = ApiClient::Create(url_);
  if (!client.ok()) return;
  for (const std::string& path : kind_->settle_paths) (*client)->PostForm(path, {}).IgnoreError();
}

}  // namespace silverback

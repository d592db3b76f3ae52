#include "tests/interop/prometheus_process.h"

#include <chrono>
#include <fstream>
#include <thread>

namespace silverback {

Status PrometheusProcess::Start(const std::string& bin, const std::string& directory,
                                const std::function<std::string(const std::string&)>& config) {
  ASSIGN_OR_RETURN(const int port, FreeLoopbackPort());
  const std::string address = fmt::format("127.0.0.1:{}", port);
  const std::string file = directory + "/prometheus.yml";
  std::ofstream(file) << config(address);
  ASSIGN_OR_RETURN(process_,
                   ChildProcess::Start(
                       bin + "/prometheus",
                       {"--config.file=" + file, "--storage.tsdb.path=" + directory + "/prometheus",
                        "--web.listen-address=" + address,
                        "--enable-feature=exemplar-storage,native-histograms"},
                       directory + "/prometheus.log"));
  ASSIGN_OR_RETURN(client_, ApiClient::Create("http://" + address));
  for (int attempt = 0; attempt < 600 && process_.Running(); ++attempt) {
    const auto answer = client_->Get("/-/ready");
    if (answer.ok() && answer->status == 200) return absl::OkStatus();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return Error(absl::StatusCode::kUnavailable, "Prometheus does not start");
}

StatusOr<int> PrometheusProcess::MajorVersion(const std::string& bin,
                                              const std::string& directory) {
  const std::string file = directory + "/version";
  ASSIGN_OR_RETURN(ChildProcess process,
                   ChildProcess::Start(bin + "/prometheus", {"--version"}, file));
  process.Wait();
  std::ifstream in(file);
  std::string word;
  while (in >> word && word != "version") {
  }
  int version = 0;
  if (!(in >> version)) {
    return Error(absl::StatusCode::kUnavailable, "{}/prometheus does not tell its version", bin);
  }
  return version;
}

}  // namespace silverback

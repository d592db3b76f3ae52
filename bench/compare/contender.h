// The servers that are held side by side: a row each of how to start one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "tests/support/process/server_process.h"
#include "tools/client/api_client.h"

namespace silverback {

/// How one kind of server is run.
struct ContenderKind {
  struct Place {
    std::string directory;  // of the data
    std::string address;    // host:port
    int64_t late_days;      // how far behind the newest sample a sample may come
  };

  std::string name;
  std::string ready_path;
  /// The command line; may write files beside the directory.
  std::function<std::vector<std::string>(const Place& place)> arguments;
  /// Requests that bring the stored data into its settled shape at once, where the server has such.
  std::vector<std::string> settle_paths;
};

/// Silverback, VictoriaMetrics and Prometheus.
const std::vector<ContenderKind>& ContenderKinds();

/// One server with a data directory of its own, started and stopped as often as wanted.
class Contender {
 public:
  Contender(const ContenderKind& kind, std::string binary, std::string directory, int64_t late_days)
      : kind_(&kind),
        binary_(std::move(binary)),
        directory_(std::move(directory)),
        late_days_(late_days) {}

  /// Starts on a free port and waits until the server says that it is ready.
  Status Start();
  /// Starts on a free port and returns at once.
  Status Launch();
  /// SIGKILL.
  void Kill();
  /// SIGTERM, and waits; what the process has cost.
  ProcessUsage Stop();
  /// Asks the server to settle its data, if it can be asked.
  void Settle();

  const std::string& name() const { return kind_->name; }
  const std::string& url() const { return url_; }
  const std::string& directory() const { return directory_; }
  pid_t pid() const { return process_.pid(); }
  bool Running() { return process_.Running(); }

 private:
  const ContenderKind* kind_;
  std::string binary_;
  std::string directory_;
  int64_t late_days_;
  std::string url_;
  ChildProcess process_;
};

}  // namespace silverback

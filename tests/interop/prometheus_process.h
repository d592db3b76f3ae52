// Prometheus (Debian's, or a newer one) as a process of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/base/status.h"
#include "tests/support/process/server_process.h"
#include "tools/client/api_client.h"

namespace silverback {

class PrometheusProcess {
 public:
  /// Starts `bin`/prometheus on a free loopback port, with its files in `directory` (which exists), native histograms and
  /// exemplars on, and waits until it is ready. `config` is given the address that it will listen on and returns the text
  /// of prometheus.yml.
  Status Start(const std::string& bin, const std::string& directory,
               const std::function<std::string(const std::string& address)>& config);

  /// The major version of `bin`/prometheus; `directory` takes a file with what it says.
  static StatusOr<int> MajorVersion(const std::string& bin, const std::string& directory);

  /// REQUIRES: started.
  ApiClient* client() { return client_.get(); }

 private:
  ChildProcess process_;
  std::unique_ptr<ApiClient> client_;
};

}  // namespace silverback

// Debian's Prometheus as a process of its own.
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
  /// Starts `bin`/prometheus on a free loopback port, with its files in `directory` (which exists), and waits until it is
  /// ready. `config` is given the address that it will listen on and returns the text of prometheus.yml.
  Status Start(const std::string& bin, const std::string& directory,
               const std::function<std::string(const std::string& address)>& config);

  /// REQUIRES: started.
  ApiClient* client() { return client_.get(); }

 private:
  ChildProcess process_;
  std::unique_ptr<ApiClient> client_;
};

}  // namespace silverback

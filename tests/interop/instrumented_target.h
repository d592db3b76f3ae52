// A service as its developers instrument it, for Prometheus to scrape: native histograms and exemplars.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "engine/base/status.h"

namespace httplib {
class Server;
}  // namespace httplib

namespace silverback {

/// Serves /metrics in protobuf (delimited io.prometheus.client.MetricFamily), the only format that carries native
/// histograms. Each scrape finds more requests served:
///
///     target_requests_total{route}     counter, with an exemplar
///     target_latency_seconds{route}    classic histogram, an exemplar in each bucket
///     target_native_seconds{route}     native histogram of schema 1, with a zero bucket and negative buckets
///
/// The second route's native histogram changes its layout every few scrapes and starts again from zero every twenty.
class InstrumentedTarget {
 public:
  InstrumentedTarget();
  ~InstrumentedTarget();

  /// Listens on a free loopback port until the object dies.
  Status Start();
  /// host:port. REQUIRES: started.
  const std::string& address() const { return address_; }

 private:
  std::unique_ptr<httplib::Server> server_;
  std::thread thread_;
  std::atomic<uint64_t> scrapes_{0};
  std::string address_;
};

}  // namespace silverback

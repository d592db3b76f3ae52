// What the handlers work with.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "engine/database/database.h"
#include "query/api/metric_families.h"
#include "query/exec/engine.h"

namespace silverback {

struct ApiOptions {
  bool enable_admin = false;                      // --web.enable-admin-api
  int64_t slow_query_ms = 0;                      // --query.log-slow; 0: none
  bool enable_search = false;                     // --enable-feature=search-api
  size_t search_limit_max = 10000;                // --web.search.max-limit; 0: none
  uint64_t remote_read_samples_max = 50'000'000;  // --storage.remote.read-sample-limit
  uint64_t remote_read_concurrency = 10;          // --storage.remote.read-concurrent-limit
  uint64_t remote_read_frame_bytes = 1 << 20;     // --storage.remote.read-max-bytes-in-frame
  bool per_step_statistics = false;               // --enable-feature=promql-per-step-stats
  std::vector<std::pair<std::string, std::string>> flags;  // name and value, for status/flags
  std::string version = "3.14.0";  // of Prometheus' API, which clients look at
  std::string revision;            // of this program
  std::string external_url;        // --web.external-url; "": not given
  TimestampMs started_ms = 0;
  Clock clock = &WallClockMs;
};

/// Counts of what the query endpoints did. Safe for concurrent use.
struct QueryMetrics {
  LatencyHistogram instant_seconds;
  LatencyHistogram range_seconds;
  LatencyHistogram lookup_seconds;
  std::atomic<uint64_t> failed{0};
  std::atomic<uint64_t> slow{0};
  std::atomic<uint64_t> samples_covered{0};
  std::atomic<uint64_t> samples_read{0};
  std::atomic<uint64_t> series_selected{0};
  std::atomic<uint64_t> queue_ns{0};
};

/// Adds metric families to `/metrics`.
using MetricsCollector = std::function<void(MetricFamilies&)>;

/// Shared by all requests. Everything but the metrics is fixed before the first request. `database` and `engine` outlive
/// it.
struct ApiContext {
  Database* database = nullptr;
  Engine* engine = nullptr;
  ApiOptions options;
  std::vector<MetricsCollector> collectors;  // beside those of this library
  QueryMetrics metrics;
  std::atomic<int> remote_reads{0};  // that run
  std::atomic<int> subscribers{0};   // streams of notifications
  std::atomic<bool> ready{true};     // false while the server stops: /-/ready answers 503
};

}  // namespace silverback

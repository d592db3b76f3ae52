// Everything that `silverback serve` can be told.
#pragma once

#include <string>
#include <vector>

#include "engine/database/database.h"
#include "query/exec/engine.h"
#include "remote_write/receiver/receiver.h"
#include "tools/commands/flag_values.h"
#include "tools/http/app.h"
#include "tools/http/server.h"

namespace silverback {

struct ServeOptions {
  DatabaseOptions database;
  EngineOptions engine;
  ReceiverLimits receiver;
  http::ServerOptions server;
  http::AppOptions app;
  HostAndPort listen{"0.0.0.0", 9090};
  bool enable_admin_api = false;
  bool per_step_statistics = false;
  bool enable_search = false;
  uint64_t search_limit_max = 10000;
  int64_t slow_query_ms = 0;
  uint64_t remote_read_samples_max = 50'000'000;
  uint64_t remote_read_concurrency = 10;
  uint64_t remote_read_frame_bytes = 1 << 20;
  std::string external_url;
  std::string external_prefix;  // its path, as a route prefix
  bool route_prefix_given = false;
  bool wal_sync_interval_given = false;
  std::vector<std::string> features;  // as given
  int64_t shutdown_grace_ms = 10'000;
  std::string log_level = "warn";

  ServeOptions() { database.path = "data"; }
};

/// Switches on the feature of upstream's name. InvalidArgument, with the names that are known, for others.
Status EnableFeature(std::string_view name, ServeOptions* options);

/// InvalidArgument, naming the flags, when values contradict each other.
Status CheckConsistent(const ServeOptions& options);

}  // namespace silverback

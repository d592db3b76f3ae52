#include "tools/commands/serve_options.h"

#include <re2/re2.h>

#include "engine/labels/label_set.h"

namespace silverback {
namespace {

/// A row a feature.
struct Feature {
  std::string_view name;
  void (*enable)(ServeOptions*);
};

constexpr Feature kFeatures[] = {
    {"promql-experimental-functions",
     [](ServeOptions* o) { o->engine.parser.experimental_functions = true; }},
    {"promql-duration-expr", [](ServeOptions* o) { o->engine.parser.duration_expressions = true; }},
    {"promql-extended-range-selectors",
     [](ServeOptions* o) { o->engine.parser.extended_range_selectors = true; }},
    {"promql-binop-fill-modifiers",
     [](ServeOptions* o) { o->engine.parser.fill_modifiers = true; }},
    {"promql-delayed-name-removal", [](ServeOptions* o) { o->engine.delayed_name_removal = true; }},
    {"st-storage", [](ServeOptions*) {}},  // always on
    {"use-start-timestamps", [](ServeOptions* o) { o->engine.use_start_timestamps = true; }},
    {"search-api", [](ServeOptions* o) { o->enable_search = true; }},
    {"promql-per-step-stats", [](ServeOptions* o) { o->per_step_statistics = true; }},
};

Status Contradiction(std::string_view text) {
  return InvalidArgument("{}", text);
}

}  // namespace

Status EnableFeature(std::string_view name, ServeOptions* options) {
  std::string known;
  for (const Feature& feature : kFeatures) {
    if (feature.name == name) {
      feature.enable(options);
      options->features.emplace_back(name);
      return absl::OkStatus();
    }
    known += known.empty() ? "" : ", ";
    known += feature.name;
  }
  return InvalidArgument("there is no feature {}; known: {}", Quote(name), known);
}

Status CheckConsistent(const ServeOptions& options) {
  const DatabaseOptions& database = options.database;
  if (database.wal_segment_bytes > database.wal_max_bytes) {
    return Contradiction("--wal-segment-bytes is above --wal-max-bytes: the log could not be cut");
  }
  if (database.seal_window_ms > database.retention_ms) {
    return Contradiction(
        "--storage.seal-window is above --storage.tsdb.retention.time: nothing would be kept");
  }
  if (options.wal_sync_interval_given && database.wal_sync != WalSync::kInterval) {
    return Contradiction("--wal-sync-interval is given, but --wal-sync is not interval");
  }
  if (options.receiver.max_inflight_bytes < options.receiver.max_decompressed_bytes) {
    return Contradiction(
        "--remote-write.max-inflight-bytes is below --remote-write.max-decompressed-bytes");
  }
  if (options.receiver.max_decompressed_bytes < options.receiver.max_compressed_bytes) {
    return Contradiction(
        "--remote-write.max-decompressed-bytes is below --remote-write.max-compressed-bytes");
  }
  if (const re2::RE2 origin(options.app.cors_origin, re2::RE2::Quiet); !origin.ok()) {
    return InvalidArgument("--web.cors.origin: {}", origin.error());
  }
  return absl::OkStatus();
}

}  // namespace silverback

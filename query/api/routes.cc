#include "query/api/routes.h"

#include <iterator>
#include <optional>

#include "query/api/handlers.h"

namespace silverback {
namespace {

constexpr std::string_view kRead = "GET POST";
constexpr std::string_view kAdmin = "POST PUT";

constexpr Route kRoutes[] = {
    {kRead, "/api/v1/query", HandleQuery, "Evaluate an expression at one time.",
     "query! time timeout limit lookback_delta stats explain"},
    {kRead, "/api/v1/query_range", HandleQueryRange, "Evaluate an expression over a range of time.",
     "query! start! end! step! timeout limit lookback_delta stats explain"},
    {kRead, "/api/v1/query_exemplars", HandleQueryExemplars,
     "The exemplars of the series that an expression selects.", "query! start end"},
    {kRead, "/api/v1/format_query", HandleFormatQuery, "An expression, laid out.", "query!"},
    {kRead, "/api/v1/parse_query", HandleParseQuery, "An expression as a tree.", "query!"},
    {kRead, "/api/v1/labels", HandleLabels, "Names of labels.", "match[] start end limit"},
    {kRead, "/api/v1/label/{name}/values", HandleLabelValues, "Values of a label.",
     "match[] start end limit"},
    {kRead, "/api/v1/series", HandleSeries, "Label sets of series.", "match[]! start end limit"},
    {"GET", "/api/v1/metadata", HandleMetadata, "Type, help and unit of metric families.",
     "metric limit limit_per_metric"},
    {kRead, "/api/v1/search/metric_names", HandleSearchMetricNames, "Search names of metrics.",
     "start end match[] search[] fuzz_threshold fuzz_alg case_sensitive include_score "
     "include_metadata sort_by sort_dir limit batch_size"},
    {kRead, "/api/v1/search/label_names", HandleSearchLabelNames, "Search names of labels.",
     "start end match[] search[] fuzz_threshold fuzz_alg case_sensitive include_score sort_by "
     "sort_dir limit batch_size"},
    {kRead, "/api/v1/search/label_values", HandleSearchLabelValues, "Search values of a label.",
     "label! start end match[] search[] fuzz_threshold fuzz_alg case_sensitive include_score "
     "sort_by sort_dir limit batch_size"},
    {"GET", "/api/v1/targets", HandleTargets, "Scrape targets; this server has none.",
     "state scrapePool"},
    {"GET", "/api/v1/targets/metadata", HandleTargetsMetadata,
     "Metadata of scrape targets; this server has none.", "match_target metric limit"},
    {"GET", "/api/v1/targets/relabel_steps", HandleRelabelSteps,
     "Steps of relabeling; this server scrapes nothing.", "scrapePool labels"},
    {"GET", "/api/v1/scrape_pools", HandleScrapePools, "Scrape pools; this server has none."},
    {"GET", "/api/v1/scrape_pools/config", HandleScrapePoolConfig,
     "Configuration of a scrape pool; this server has none.", "scrapePool"},
    {"GET", "/api/v1/alertmanagers", HandleAlertmanagers, "Alertmanagers; this server has none."},
    {"GET", "/api/v1/features", HandleFeatures, "What this server can do."},
    {"GET", "/api/v1/notifications", HandleNotifications, "What the server has to say."},
    {"GET", "/api/v1/notifications/live", HandleNotificationsLive, "The same as an event stream."},
    {"GET", "/api/v1/rules", HandleRules, "Rules; this server evaluates none.",
     "type rule_name[] rule_group[] file[] match[] exclude_alerts group_limit group_next_token"},
    {"GET", "/api/v1/alerts", HandleAlerts, "Alerts; this server evaluates none."},
    {kRead, "/api/v1/status/buildinfo", HandleBuildInfo, "Versions."},
    {"GET", "/api/v1/status/runtimeinfo", HandleRuntimeInfo, "Figures of the process."},
    {"GET", "/api/v1/status/flags", HandleFlags, "The flags in force."},
    {"GET", "/api/v1/status/config", HandleConfig, "The configuration file; there is none."},
    {"GET", "/api/v1/status/tsdb", HandleTsdbStatus, "Cardinality of the head.", "limit"},
    {"GET", "/api/v1/status/tsdb/blocks", HandleTsdbBlocks, "The parts on disk."},
    {"GET", "/api/v1/status/active_queries", HandleActiveQueries, "Queries that run or wait."},
    {"GET", "/api/v1/status/walreplay", HandleWalReplay, "How far the replay of the log is."},
    {"GET", "/api/v1/status/self_metrics", HandleSelfMetrics, "The server's own metrics.",
     "metric_name_pattern"},
    {kAdmin, "/api/v1/admin/seal", HandleAdminSeal, "Seal the head."},
    {kAdmin, "/api/v1/admin/compact", HandleAdminCompact, "Seal and merge into the final shape."},
    {kAdmin, "/api/v1/admin/verify", HandleAdminVerify,
     "Read everything and compare with checksums and facts."},
    {kAdmin, "/api/v1/admin/snapshot", HandleAdminSnapshot, "Copy the data directory."},
    {kAdmin, "/api/v1/admin/kill_query", HandleKillQuery, "End a query.", "id!"},
    {kAdmin, "/api/v1/admin/tsdb/snapshot", HandleAdminSnapshot, "Copy the data directory.",
     "skip_head"},
    {kAdmin, "/api/v1/admin/tsdb/delete_series", HandleDeleteSeries, "Delete samples of series.",
     "match[]! start end"},
    {kAdmin, "/api/v1/admin/tsdb/clean_tombstones", HandleCleanTombstones,
     "Free the room of deleted samples."},
    {"POST", "/api/v1/read", HandleRemoteRead, "Read samples by remote_read."},
    {"GET", "/api/v1/openapi.yaml", HandleOpenApi, "This document.", "openapi_version"},
    {"GET", "/federate", HandleFederate, "The newest sample of each series.", "match[]!"},
    {"GET", "/-/healthy", HandleHealthy, "Whether the server lives."},
    {"GET", "/-/ready", HandleReady, "Whether the server answers queries."},
    {"GET", "/metrics", HandleMetrics, "The server's own metrics as text."},
};

std::string_view TakeSegment(std::string_view* path) {
  path->remove_prefix(1);
  const size_t end = std::min(path->find('/'), path->size());
  const std::string_view segment = path->substr(0, end);
  path->remove_prefix(end);
  return segment;
}

/// Segment by segment; the placeholder's segment is decoded into `*path_label`.
bool Matches(std::string_view pattern, std::string_view path, std::string* path_label) {
  while (!pattern.empty() && !path.empty() && path.front() == '/') {
    const std::string_view wanted = TakeSegment(&pattern);
    const auto got = PercentDecode(TakeSegment(&path), false);
    if (!got.has_value()) return false;
    if (wanted == "{name}") {
      if (got->empty()) return false;
      *path_label = *got;
    } else if (*got != wanted) {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

std::string AllowHeader(const Route& route) {
  std::string allow;
  for (const char c : route.methods) allow += c == ' ' ? std::string(", ") : std::string(1, c);
  if (Allows(route, "GET")) allow += ", HEAD";
  return allow + ", OPTIONS";
}

}  // namespace

std::span<const Route> Routes() {
  return kRoutes;
}

const Route* FindRoute(std::string_view path, std::string* path_label) {
  for (const Route& route : kRoutes) {
    if (Matches(route.pattern, path, path_label)) return &route;
  }
  return nullptr;
}

bool Allows(const Route& route, std::string_view method) {
  if (method == "HEAD") method = "GET";
  std::string_view rest = route.methods;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, end) == method) return true;
    rest.remove_prefix(std::min(rest.size(), end + 1));
  }
  return false;
}

ApiResponse Dispatch(ApiContext& context, ApiRequest request) {
  const Route* route = FindRoute(request.path, &request.path_label);
  if (route == nullptr) return PlainText(404, "404 page not found\n");
  if (request.method == "OPTIONS") return NoContent();
  if (!Allows(*route, request.method)) {
    ApiResponse response = PlainText(405, "Method Not Allowed\n");
    response.headers.emplace_back("Allow", AllowHeader(*route));
    return response;
  }
  return route->handler(context, request);
}

}  // namespace silverback

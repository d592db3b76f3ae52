#include "query/api/routes.h"

#include <iterator>
#include <optional>

#include "query/api/handlers.h"

namespace silverback {
namespace {

constexpr std::string_view kRead = "GET POST";
constexpr std::string_view kAdmin = "POST PUT";

constexpr Route kRoutes[] = {
    {kRead, "/api/v1/query", HandleQuery},
    {kRead, "/api/v1/query_range", HandleQueryRange},
    {kRead, "/api/v1/query_exemplars", HandleQueryExemplars},
    {kRead, "/api/v1/format_query", HandleFormatQuery},
    {kRead, "/api/v1/parse_query", HandleParseQuery},
    {kRead, "/api/v1/labels", HandleLabels},
    {kRead, "/api/v1/label/{name}/values", HandleLabelValues},
    {kRead, "/api/v1/series", HandleSeries},
    {"GET", "/api/v1/metadata", HandleMetadata},
    {kRead, "/api/v1/search/metric_names", HandleSearchMetricNames},
    {kRead, "/api/v1/search/label_names", HandleSearchLabelNames},
    {kRead, "/api/v1/search/label_values", HandleSearchLabelValues},
    {"GET", "/api/v1/targets", HandleTargets},
    {"GET", "/api/v1/targets/metadata", HandleTargetsMetadata},
    {"GET", "/api/v1/targets/relabel_steps", HandleRelabelSteps},
    {"GET", "/api/v1/scrape_pools", HandleScrapePools},
    {"GET", "/api/v1/scrape_pools/config", HandleScrapePoolConfig},
    {"GET", "/api/v1/alertmanagers", HandleAlertmanagers},
    {"GET", "/api/v1/features", HandleFeatures},
    {"GET", "/api/v1/notifications", HandleNotifications},
    {"GET", "/api/v1/notifications/live", HandleNotificationsLive},
    {"GET", "/api/v1/rules", HandleRules},
    {"GET", "/api/v1/alerts", HandleAlerts},
    {kRead, "/api/v1/status/buildinfo", HandleBuildInfo},
    {"GET", "/api/v1/status/runtimeinfo", HandleRuntimeInfo},
    {"GET", "/api/v1/status/flags", HandleFlags},
    {"GET", "/api/v1/status/config", HandleConfig},
    {"GET", "/api/v1/status/tsdb", HandleTsdbStatus},
    {"GET", "/api/v1/status/tsdb/blocks", HandleTsdbBlocks},
    {"GET", "/api/v1/status/active_queries", HandleActiveQueries},
    {"GET", "/api/v1/status/walreplay", HandleWalReplay},
    {kAdmin, "/api/v1/admin/seal", HandleAdminSeal},
    {kAdmin, "/api/v1/admin/compact", HandleAdminCompact},
    {kAdmin, "/api/v1/admin/verify", HandleAdminVerify},
    {kAdmin, "/api/v1/admin/snapshot", HandleAdminSnapshot},
    {kAdmin, "/api/v1/admin/kill_query", HandleKillQuery},
    {kAdmin, "/api/v1/admin/tsdb/snapshot", HandleAdminSnapshot},
    {kAdmin, "/api/v1/admin/tsdb/delete_series", HandleDeleteSeries},
    {kAdmin, "/api/v1/admin/tsdb/clean_tombstones", HandleCleanTombstones},
    {"POST", "/api/v1/read", HandleRemoteRead},
    {"GET", "/federate", HandleFederate},
    {"GET", "/-/healthy", HandleHealthy},
    {"GET", "/-/ready", HandleReady},
    {"GET", "/metrics", HandleMetrics},
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

// /metrics and status/self_metrics.
#include <memory>
#include <re2/re2.h>
#include <utility>

#include "query/api/database_metrics.h"
#include "query/api/handlers.h"
#include "query/api/process_metrics.h"

namespace silverback {
namespace {

void WriteQueryMetrics(MetricFamilies& metrics, const ApiContext& context) {
  const QueryMetrics& queries = context.metrics;
  metrics.Family("silverback_query_duration_seconds", "histogram",
                 "Time from a query's arrival to its result, waiting included, by kind.");
  metrics.Sample(queries.instant_seconds, {{"kind", "instant"}});
  metrics.Sample(queries.range_seconds, {{"kind", "range"}});
  metrics.Sample(queries.lookup_seconds, {{"kind", "lookup"}});
  metrics.Counter("silverback_queries_failed_total", "Queries that ended with an error.",
                  queries.failed);
  metrics.Counter("silverback_queries_slow_total",
                  "Queries that took longer than --query.log-slow.", queries.slow);
  metrics.Counter("silverback_query_samples_total",
                  "Samples inside the windows of all finished queries.", queries.samples_covered);
  metrics.Counter("silverback_query_samples_read_total",
                  "Samples of all finished queries, those of overlapping windows once.",
                  queries.samples_read);
  metrics.Counter("silverback_query_series_total", "Series that finished queries selected.",
                  queries.series_selected);
  metrics.SecondsCounter("silverback_query_queue_seconds_total",
                         "Time that finished queries waited for their turn.",
                         static_cast<double>(queries.queue_ns) / 1e9);
  uint64_t running = 0;
  uint64_t queued = 0;
  for (const ActiveQuery& query : context.engine->ActiveQueries())
    ++(query.queued ? queued : running);
  metrics.Gauge("silverback_queries", "Queries that run now.", static_cast<double>(running));
  metrics.Gauge("silverback_queries_queued", "Queries that wait for their turn.",
                static_cast<double>(queued));
  metrics.Gauge("silverback_queries_concurrent_max", "The limit --query.max-concurrency.",
                context.engine->options().max_concurrency);
}

MetricFamilies CollectMetrics(ApiContext& context) {
  MetricFamilies metrics;
  metrics.Family("silverback_build_info", "gauge", "Always 1; the labels say what runs.");
  metrics.Sample(1.0,
                 {{"version", context.options.version}, {"revision", context.options.revision}});
  WriteQueryMetrics(metrics, context);
  WriteDatabaseMetrics(metrics, context.database->Stats(),
                       context.database->options().wal_max_bytes);
  for (const MetricsCollector& collect : context.collectors) collect(metrics);
  WriteProcessMetrics(metrics);
  return metrics;
}

}  // namespace

ApiResponse HandleMetrics(ApiContext& context, const ApiRequest&) {
  ApiResponse response = PlainText(200, MetricsText(CollectMetrics(context)));
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  return response;
}

ApiResponse HandleSelfMetrics(ApiContext& context, const ApiRequest& request) {
  const std::string pattern(request.parameters.First("metric_name_pattern"));
  const RE2 wanted(pattern.empty() ? ".*" : pattern, RE2::Quiet);
  if (!wanted.ok()) {
    return Failure({ErrorType::kBadData, "invalid metric_name_pattern: " + wanted.error()});
  }
  const MetricFamilies all = CollectMetrics(context);
  auto families = std::make_shared<std::vector<OwnMetricFamily>>();
  for (const OwnMetricFamily& family : all.families()) {
    if (RE2::FullMatch(family.name, wanted)) families->push_back(family);
  }
  return Success([families = std::move(families)](JsonWriter& json) {
    json.BeginArray();
    for (const OwnMetricFamily& family : *families) WriteMetricFamily(family, json);
    json.EndArray();
  });
}

}  // namespace silverback

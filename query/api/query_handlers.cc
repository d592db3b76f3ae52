// /api/v1/query and /api/v1/query_range.
#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <spdlog/spdlog.h>

#include "engine/labels/label_set.h"
#include "query/api/handlers.h"
#include "query/api/result_json.h"

namespace silverback {
namespace {

constexpr int64_t kMaxPoints = 11000;
constexpr std::string_view kTruncated = "results truncated due to limit";

/// What both endpoints have in common.
struct QueryParameters {
  QueryRequest query;
  size_t limit = 0;
};

std::optional<ApiError> ParseCommon(const ApiContext& context, const ApiRequest& request,
                                    QueryParameters* out) {
  const FormParameters& parameters = request.parameters;
  if (const auto timeout = parameters.First("timeout"); !timeout.empty()) {
    const auto duration_ns = ParseApiDurationNs(timeout);
    if (!duration_ns.ok()) return InvalidParameter("timeout", duration_ns.status());
    out->query.timeout_ms = std::max<int64_t>(1, *duration_ns / 1000000);
  }
  if (const auto lookback = parameters.First("lookback_delta"); !lookback.empty()) {
    const auto duration_ns = ParseApiDurationNs(lookback);
    if (!duration_ns.ok()) {
      return ApiError{ErrorType::kBadData, fmt::format("error parsing lookback delta duration: {}",
                                                       MessageOf(duration_ns.status()))};
    }
    out->query.lookback_delta_ms = std::max<int64_t>(0, *duration_ns / 1000000);
  }
  if (const auto explain = parameters.First("explain"); !explain.empty()) {
    if (explain != "analyze") {
      return InvalidParameter("explain", fmt::format("{} is not \"analyze\"", Quote(explain)));
    }
    out->query.analyze = true;
  }
  out->query.query = parameters.First("query");
  out->query.cancelled = request.cancelled;
  out->query.per_step_statistics =
      context.options.per_step_statistics && parameters.First("stats") == "all";
  return std::nullopt;
}

std::optional<ApiError> ParseLimitInto(const ApiRequest& request, size_t* limit) {
  const auto parsed = ParseLimit(request.parameters.First("limit"));
  if (!parsed.ok()) return InvalidParameter("limit", parsed.status());
  *limit = static_cast<size_t>(*parsed);
  return std::nullopt;
}

std::optional<ApiError> ParseInstant(const ApiContext& context, const ApiRequest& request,
                                     QueryParameters* out) {
  if (auto error = ParseLimitInto(request, &out->limit)) return error;
  const auto time = ParseTimeParameter(request.parameters, "time", context.options.clock());
  if (!time.ok()) return InvalidParameter("time", time.status());
  out->query.instant = true;
  out->query.grid = StepGrid{*time, *time, 1};
  return ParseCommon(context, request, out);
}

/// From `start` to a later `end`; what does not fit 64 bits is the largest number.
int64_t NanosecondsBetween(TimestampMs start, TimestampMs end) {
  int64_t length = 0;
  if (__builtin_sub_overflow(end, start, &length) ||
      __builtin_mul_overflow(length, int64_t{1000000}, &length)) {
    return std::numeric_limits<int64_t>::max();
  }
  return length;
}

std::optional<ApiError> ParseGrid(const FormParameters& parameters, StepGrid* grid) {
  const auto start = ParseTime(parameters.First("start"));
  if (!start.ok()) return InvalidParameter("start", start.status());
  const auto end = ParseTime(parameters.First("end"));
  if (!end.ok()) return InvalidParameter("end", end.status());
  if (*end < *start) {
    return InvalidParameter("end", "end timestamp must not be before start time");
  }
  const auto step_ns = ParseApiDurationNs(parameters.First("step"));
  if (!step_ns.ok()) return InvalidParameter("step", step_ns.status());
  const int64_t step_ms = *step_ns / 1000000;
  if (step_ms <= 0) {
    return InvalidParameter("step",
                            "zero or negative query resolution step widths are not accepted. Try a "
                            "positive integer");
  }
  if (NanosecondsBetween(*start, *end) / *step_ns > kMaxPoints) {
    return ApiError{ErrorType::kBadData,
                    "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing "
                    "the query resolution (?step=XX)"};
  }
  *grid = StepGrid{*start, *end, step_ms};
  return std::nullopt;
}

std::optional<ApiError> ParseRange(const ApiContext& context, const ApiRequest& request,
                                   QueryParameters* out) {
  if (auto error = ParseLimitInto(request, &out->limit)) return error;
  if (auto error = ParseGrid(request.parameters, &out->query.grid)) return error;
  return ParseCommon(context, request, out);
}

void CountQuery(QueryMetrics* metrics, const QueryStatistics& statistics) {
  metrics->samples_covered += statistics.samples.covered.total;
  metrics->samples_read += statistics.samples.read.total;
  metrics->series_selected += statistics.series_selected;
  metrics->queue_ns += static_cast<uint64_t>(statistics.queue_seconds * 1e9);
}

StatisticsDetail DetailOf(std::string_view stats, bool per_step, Notices* notices) {
  if (stats.empty()) return StatisticsDetail::kNone;
  if (stats != "true" && stats != "all") {
    notices->warnings.push_back(fmt::format(
        R"(value {} for parameter "stats" is deprecated and will be rejected in the next major release, use "true" or "all")",
        Quote(stats)));
  }
  return per_step ? StatisticsDetail::kPerStep : StatisticsDetail::kTotals;
}

void LogSlowQuery(const QueryRequest& request, const StatusOr<QueryResult>& result,
                  double seconds) {
  std::string outcome;
  if (result.ok()) {
    const QueryStatistics& statistics = result->statistics;
    outcome = fmt::format("series={} samples={} peak_samples={} peak_bytes={} queued={:.3f}s",
                          statistics.series_selected, statistics.samples.covered.total,
                          statistics.samples_peak, statistics.memory_peak_bytes,
                          statistics.queue_seconds);
  } else {
    outcome = fmt::format("error={}", Quote(MessageOf(result.status())));
  }
  spdlog::warn("slow query duration={:.3f}s query={} start={} end={} step={} {}", seconds,
               Quote(request.query), request.grid.start_ms, request.grid.end_ms,
               request.instant ? 0 : request.grid.step_ms, outcome);
}

ApiResponse Answer(ApiContext& context, const ApiRequest& request,
                   const QueryParameters& parameters, LatencyHistogram* latency) {
  const auto started = std::chrono::steady_clock::now();
  auto executed = context.engine->Execute(parameters.query);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  latency->Observe(seconds);
  const int64_t slow_ms = context.options.slow_query_ms;
  if (slow_ms > 0 && seconds * 1000 >= static_cast<double>(slow_ms)) {
    ++context.metrics.slow;
    LogSlowQuery(parameters.query, executed, seconds);
  }
  if (!executed.ok()) {
    ++context.metrics.failed;
    return Failure(QueryError(executed.status()));
  }
  const auto result = std::make_shared<QueryResult>(std::move(executed).value());
  CountQuery(&context.metrics, result->statistics);
  Notices notices{std::move(result->warnings), std::move(result->infos)};
  if (TruncateResult(result.get(), parameters.limit)) notices.warnings.emplace_back(kTruncated);
  const StatisticsDetail detail =
      DetailOf(request.parameters.First("stats"), parameters.query.per_step_statistics, &notices);
  const StepGrid grid = parameters.query.grid;
  return Success(
      [result, detail, grid](JsonWriter& json) { WriteQueryData(json, *result, detail, grid); },
      std::move(notices));
}

}  // namespace

ApiResponse HandleQuery(ApiContext& context, const ApiRequest& request) {
  QueryParameters parameters;
  if (const auto error = ParseInstant(context, request, &parameters)) return Failure(*error);
  return Answer(context, request, parameters, &context.metrics.instant_seconds);
}

ApiResponse HandleQueryRange(ApiContext& context, const ApiRequest& request) {
  QueryParameters parameters;
  if (const auto error = ParseRange(context, request, &parameters)) return Failure(*error);
  return Answer(context, request, parameters, &context.metrics.range_seconds);
}

}  // namespace silverback

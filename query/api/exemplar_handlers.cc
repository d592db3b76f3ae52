// /api/v1/query_exemplars.
#include <memory>

#include "query/api/handlers.h"
#include "query/api/result_json.h"
#include "query/syntax/parser.h"

namespace silverback {
namespace {

using MatcherSets = std::vector<std::vector<Matcher>>;

/// The matchers of every selector in the expression.
void CollectSelectors(const syntax::Expr& expr, MatcherSets* sets) {
  if (const auto* selector = syntax::DynAs<syntax::VectorSelector>(&expr)) {
    sets->push_back(selector->matchers);
  }
  syntax::ForEachChild(expr, [sets](const syntax::Expr& child) { CollectSelectors(child, sets); });
}

void WriteExemplar(JsonWriter& json, const Exemplar& exemplar) {
  json.BeginObject();
  json.Key("labels");
  WriteLabels(json, exemplar.labels);
  json.Key("value");
  json.Value(exemplar.value);
  json.Key("timestamp");
  json.Timestamp(exemplar.timestamp_ms);
  json.EndObject();
}

void WriteSeries(JsonWriter& json, const SeriesExemplars& series) {
  json.BeginObject();
  json.Key("seriesLabels");
  WriteLabels(json, series.labels);
  json.Key("exemplars");
  json.BeginArray();
  for (const Exemplar& exemplar : series.exemplars) WriteExemplar(json, exemplar);
  json.EndArray();
  json.EndObject();
}

}  // namespace

ApiResponse HandleQueryExemplars(ApiContext& context, const ApiRequest& request) {
  const auto start = ParseTimeParameter(request.parameters, "start", kMinApiTimeMs);
  if (!start.ok()) return Failure(InvalidParameter("start", start.status()));
  const auto end = ParseTimeParameter(request.parameters, "end", kMaxApiTimeMs);
  if (!end.ok()) return Failure(InvalidParameter("end", end.status()));
  if (*end < *start) {
    return Failure({ErrorType::kBadData, "end timestamp must not be before start timestamp"});
  }
  const EngineOptions& options = context.engine->options();
  const auto expr = syntax::ParseExpr(request.parameters.First("query"), options.parser);
  if (!expr.ok()) return Failure(BadData(expr.status()));
  // An expression without selectors finds nothing. (Upstream answers 204, which Grafana logs as a failure.)
  MatcherSets sets;
  CollectSelectors(**expr, &sets);
  auto found = context.database->FindExemplars(sets, TimeRange{*start, *end}, options.max_samples,
                                               request.cancelled);
  if (!found.ok()) return Failure(QueryError(found.status()));
  const auto series =
      std::make_shared<const std::vector<SeriesExemplars>>(std::move(found).value());
  return Success([series](JsonWriter& json) {
    json.BeginArray();
    for (const SeriesExemplars& one : *series) {
      WriteSeries(json, one);
      if (!json.ok()) return;
    }
    json.EndArray();
  });
}

}  // namespace silverback

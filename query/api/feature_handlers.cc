// /api/v1/features: what this server can do, in upstream's words.
#include <map>
#include <string>

#include "query/api/handlers.h"
#include "query/syntax/function_signatures.h"

namespace silverback {
namespace {

using Category = std::map<std::string, bool>;

Category PromqlFeatures(const EngineOptions& engine, bool per_step_statistics) {
  Category features;
  for (const char* name :
       {"at_modifier", "bool", "by", "group_left", "group_right", "ignoring", "negative_offset",
        "offset", "on", "per_query_lookback_delta", "subqueries", "without"}) {
    features[name] = true;
  }
  const syntax::ParserOptions& parser = engine.parser;
  features["anchored"] = features["smoothed"] = parser.extended_range_selectors;
  features["fill"] = features["fill_left"] = features["fill_right"] = parser.fill_modifiers;
  features["duration_expr"] = parser.duration_expressions;
  features["delayed_name_removal"] = engine.delayed_name_removal;
  features["per_step_stats"] = per_step_statistics;
  features["type_and_unit_labels"] = false;
  return features;
}

Category FunctionFeatures(bool experimental) {
  Category features;
  for (const syntax::FunctionSignature& function : syntax::AllFunctions()) {
    features[std::string(function.name)] = experimental || !function.experimental;
  }
  return features;
}

Category OperatorFeatures(bool experimental) {
  Category features;
  for (const char* name :
       {"!=",           "!~",   "%",      "*",        "+",       "-",     "/",     "<",   "</",
        "<=",           "==",   "=~",     ">",        ">/",      ">=",    "@",     "^",   "and",
        "atan2",        "avg",  "or",     "sum",      "bottomk", "count", "group", "max", "min",
        "count_values", "topk", "unless", "quantile", "stddev",  "stdvar"}) {
    features[name] = true;
  }
  features["limitk"] = features["limit_ratio"] = experimental;
  return features;
}

Category ApiFeatures(const ApiOptions& options) {
  Category features;
  for (const char* name :
       {"exclude_alerts", "label_values_match", "query_stats", "query_warnings", "openapi_3.1",
        "openapi_3.2", "remote_write_receiver", "search", "search_fuzz_alg_jarowinkler",
        "search_fuzz_alg_subsequence", "time_range_labels", "time_range_series"}) {
    features[name] = true;
  }
  features["admin"] = options.enable_admin;
  features["lifecycle"] = features["otlp_write_receiver"] = false;
  return features;
}

}  // namespace

ApiResponse HandleFeatures(ApiContext& context, const ApiRequest&) {
  const EngineOptions& engine = context.engine->options();
  const bool experimental = engine.parser.experimental_functions;
  std::map<std::string, Category> all;
  all["api"] = ApiFeatures(context.options);
  all["prometheus"] = {{"agent_mode", false}, {"server_mode", true}};
  all["promql"] = PromqlFeatures(engine, context.options.per_step_statistics);
  all["promql_functions"] = FunctionFeatures(experimental);
  all["promql_operators"] = OperatorFeatures(experimental);
  all["tsdb"] = {{"exemplar_storage", true}, {"isolation", true}, {"st_storage", true}};
  return Success([all = std::move(all)](JsonWriter& json) {
    json.BeginObject();
    for (const auto& [category, features] : all) {
      json.Key(category);
      json.BeginObject();
      for (const auto& [name, enabled] : features) {
        json.EscapedKey(name);
        json.Bool(enabled);
      }
      json.EndObject();
    }
    json.EndObject();
  });
}

}  // namespace silverback

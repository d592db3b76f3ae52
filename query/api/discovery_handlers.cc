// /api/v1/targets, scrape_pools and alertmanagers. This server scrapes nothing and sends no alerts: valid and empty.
#include <algorithm>
#include <initializer_list>

#include "query/api/handlers.h"
#include "query/syntax/parser.h"

namespace silverback {
namespace {

/// An object of empty arrays.
ApiResponse EmptyLists(std::initializer_list<std::string_view> keys) {
  return Success([keys = std::vector<std::string_view>(keys)](JsonWriter& json) {
    json.BeginObject();
    for (const std::string_view key : keys) {
      json.Key(key);
      json.BeginArray();
      json.EndArray();
    }
    json.EndObject();
  });
}

std::optional<ApiResponse> RefuseWithoutPool(const ApiRequest& request) {
  if (!request.parameters.First("scrapePool").empty()) return std::nullopt;
  return Failure({ErrorType::kBadData, "no scrapePool parameter provided"});
}

ApiResponse UnknownPool(const ApiRequest& request) {
  return Failure(
      {ErrorType::kBadData, fmt::format("error retrieving scrape config: scrape pool {} not found",
                                        Quote(request.parameters.First("scrapePool")))});
}

}  // namespace

ApiResponse HandleTargets(ApiContext&, const ApiRequest& request) {
  std::string state(request.parameters.First("state"));
  std::transform(state.begin(), state.end(), state.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : static_cast<char>(c);
  });
  const bool dropped = state.empty() || state == "any" || state == "dropped";
  return Success([dropped](JsonWriter& json) {
    json.BeginObject();
    for (const std::string_view key : {"activeTargets", "droppedTargets"}) {
      json.Key(key);
      json.BeginArray();
      json.EndArray();
    }
    json.Key("droppedTargetCounts");
    if (dropped) {
      json.BeginObject();
      json.EndObject();
    } else {
      json.Null();
    }
    json.EndObject();
  });
}

ApiResponse HandleTargetsMetadata(ApiContext& context, const ApiRequest& request) {
  if (const auto limit = request.parameters.First("limit"); !limit.empty()) {
    if (!ParseInteger(limit).ok()) return Failure({ErrorType::kBadData, "limit must be a number"});
  }
  if (const auto match = request.parameters.First("match_target"); !match.empty()) {
    const auto matchers = syntax::ParseMetricSelector(match, context.engine->options().parser);
    if (!matchers.ok()) return Failure(InvalidParameter("match_target", matchers.status()));
  }
  return Success([](JsonWriter& json) {
    json.BeginArray();
    json.EndArray();
  });
}

ApiResponse HandleScrapePools(ApiContext&, const ApiRequest&) {
  return EmptyLists({"scrapePools"});
}

ApiResponse HandleScrapePoolConfig(ApiContext&, const ApiRequest& request) {
  if (auto refused = RefuseWithoutPool(request)) return *std::move(refused);
  return UnknownPool(request);
}

ApiResponse HandleRelabelSteps(ApiContext&, const ApiRequest& request) {
  if (auto refused = RefuseWithoutPool(request)) return *std::move(refused);
  if (request.parameters.First("labels").empty()) {
    return Failure({ErrorType::kBadData, "no labels parameter provided"});
  }
  return UnknownPool(request);
}

ApiResponse HandleAlertmanagers(ApiContext&, const ApiRequest&) {
  return EmptyLists({"activeAlertmanagers", "droppedAlertmanagers"});
}

}  // namespace silverback

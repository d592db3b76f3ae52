// /api/v1/rules and /api/v1/alerts. This server evaluates no rules: valid and empty.
#include <algorithm>
#include <limits>

#include "engine/labels/label_set.h"
#include "query/api/handlers.h"

namespace silverback {
namespace {

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : static_cast<char>(c);
  });
  return lower;
}

bool IsBool(std::string_view text) {
  constexpr std::string_view kBools[] = {"1", "0", "t", "f", "true", "false"};
  return std::find(std::begin(kBools), std::end(kBools), text) != std::end(kBools);
}

std::optional<ApiError> CheckPaging(const FormParameters& parameters) {
  const std::string_view group_limit = parameters.First("group_limit");
  const std::string_view token = parameters.First("group_next_token");
  if (group_limit.empty()) {
    if (token.empty()) return std::nullopt;
    return InvalidParameter("group_next_token",
                            "group_limit needs to be present in order to paginate over the groups");
  }
  const auto limit = ParseInteger(group_limit, "strconv.ParseInt");
  if (!limit.ok() || *limit > std::numeric_limits<int32_t>::max()) {
    return InvalidParameter(
        "group_limit", fmt::format("group_limit needs to be a valid number: {}",
                                   limit.ok() ? "value out of range" : MessageOf(limit.status())));
  }
  if (*limit <= 0) {
    return InvalidParameter("group_limit", "group_limit needs to be greater than 0");
  }
  if (token.empty()) return std::nullopt;
  return InvalidParameter(
      "group_next_token",
      fmt::format("invalid group_next_token '{}'. were rule groups changed?", token));
}

std::optional<ApiError> CheckRuleParameters(const FormParameters& parameters) {
  const std::string type = Lower(parameters.First("type"));
  if (!type.empty() && type != "alert" && type != "record") {
    return InvalidParameter("type", fmt::format("not supported value {}", Quote(type)));
  }
  const std::string exclude = Lower(parameters.First("exclude_alerts"));
  if (!exclude.empty() && !IsBool(exclude)) {
    return InvalidParameter(
        "exclude_alerts",
        fmt::format(
            "error converting exclude_alerts: strconv.ParseBool: parsing {}: invalid syntax",
            Quote(exclude)));
  }
  return CheckPaging(parameters);
}

ApiResponse EmptyList(std::string_view key) {
  return Success([key](JsonWriter& json) {
    json.BeginObject();
    json.Key(key);
    json.BeginArray();
    json.EndArray();
    json.EndObject();
  });
}

}  // namespace

ApiResponse HandleRules(ApiContext&, const ApiRequest& request) {
  if (const auto error = CheckRuleParameters(request.parameters)) return Failure(*error);
  return EmptyList("groups");
}

ApiResponse HandleAlerts(ApiContext&, const ApiRequest&) {
  return EmptyList("alerts");
}

}  // namespace silverback

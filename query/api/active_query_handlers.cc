// Queries that run or wait: listed, and killed.
#include <algorithm>
#include <memory>

#include "query/api/handlers.h"
#include "query/api/rfc3339.h"

namespace silverback {

ApiResponse HandleActiveQueries(ApiContext& context, const ApiRequest&) {
  const TimestampMs now = context.options.clock();
  return Success([active = context.engine->ActiveQueries(), now](JsonWriter& json) {
    json.BeginArray();
    for (const ActiveQuery& query : active) {
      json.BeginObject();
      json.Key("id");
      json.Unsigned(query.id);
      json.Key("query");
      json.String(query.query);
      json.Key("state");
      json.String(query.queued ? "queued" : "running");
      json.Key("startTime");
      json.String(FormatRfc3339(query.started_ms));
      json.Key("seconds");
      json.Float(static_cast<double>(std::max<int64_t>(0, now - query.started_ms)) / 1000);
      json.EndObject();
    }
    json.EndArray();
  });
}

ApiResponse HandleKillQuery(ApiContext& context, const ApiRequest& request) {
  if (!context.options.enable_admin) {
    return Failure({ErrorType::kUnavailable, "admin APIs disabled"});
  }
  const auto id = ParseInteger(request.parameters.First("id"), "strconv.ParseUint");
  if (!id.ok() || *id <= 0) return Failure(InvalidParameter("id", "must be the number of a query"));
  if (!context.engine->Kill(static_cast<uint64_t>(*id))) {
    return Failure({ErrorType::kNotFound, fmt::format("no query {} runs or waits", *id)});
  }
  return NoContent();
}

}  // namespace silverback

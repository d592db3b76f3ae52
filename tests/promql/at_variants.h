// The same instant query, fixed in time and asked at other times.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"

namespace silverback::promqltest {

struct InstantQuery {
  std::string query;
  TimestampMs time_ms = 0;
};

/// `query` with `@ time_ms` on every selector and subquery that has no @ of its own, to be asked at several times: the
/// answer must be that of `query` at `time_ms`. Empty where the evaluation time matters anyway (`time()` and the like).
StatusOr<std::vector<InstantQuery>> AtVariants(const std::string& query, TimestampMs time_ms);

/// Whether the query calls start(), end(), range() or step(), which mean something else in a range query.
bool DependsOnQueryRange(const std::string& query);

}  // namespace silverback::promqltest

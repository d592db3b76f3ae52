// Query answers of two servers, made comparable.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/status.h"
#include "tools/client/api_client.h"

namespace silverback {

/// One value of a float; of a native histogram its count, its sum, then rule, lower bound, upper bound and count by bucket.
struct AnswerPoint {
  double seconds = 0;
  std::vector<double> values;
};

/// A query's answer: the series by their labels (as one text), each with its points, floats before histograms. A scalar is
/// a series without labels.
struct QueryAnswer {
  std::string type;
  std::map<std::string, std::vector<AnswerPoint>> series;
};

/// Asks `path` (query or query_range) and reads the answer; an error with the server's text if it is no success.
StatusOr<QueryAnswer> AskServer(ApiClient* client, const std::string& path,
                                const Parameters& parameters);

/// Empty if both agree: types, labels and timestamps exactly, values within `relative` (NaN equals NaN); otherwise the first
/// difference in words.
std::string Difference(const QueryAnswer& ours, const QueryAnswer& theirs, double relative);

/// A time as the API takes it: seconds, to the millisecond.
std::string Seconds(int64_t ms);

}  // namespace silverback

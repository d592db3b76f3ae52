// Query results as JSON.
#pragma once

#include <cstddef>

#include "engine/labels/label_set.h"
#include "query/api/json_writer.h"
#include "query/model/operator_profile.h"
#include "query/model/query_result.h"

namespace silverback {

/// `{"name":"value",...}`.
void WriteLabels(JsonWriter& json, const LabelSet& labels);

/// A node of `explain=analyze` and what is below it.
void WriteProfile(JsonWriter& json, const OperatorProfile& profile);

/// Which of a query's counts go into the answer.
enum class StatisticsDetail : uint8_t { kNone, kTotals, kPerStep };

/// The `data` of a query's answer: `{"resultType":...,"result":...}`, with `stats` unless `detail` says none. `grid` is
/// what the query was asked for.
void WriteQueryData(JsonWriter& json, const QueryResult& result, StatisticsDetail detail,
                    const StepGrid& grid);

/// Cuts a matrix or a vector to `limit` series (0: no limit). True if there were more.
bool TruncateResult(QueryResult* result, size_t limit);

}  // namespace silverback

// Compares what a query answered with what a script expects.
#pragma once

#include "script.h"

#include "engine/base/status.h"
#include "query/model/query_result.h"

namespace silverback::promqltest {

/// Whether two floats count as the same: within a millionth of their sum, both stale markers, or both other NaNs.
bool AlmostEqual(double a, double b);

/// OK if `result` is what `eval` expects. The error says what differs.
Status CheckResult(const EvalCommand& eval, const QueryResult& result);

/// OK if the step at `time_ms` of a range query's `result` is what the instant query `eval` expects.
Status CheckStepOfRange(const EvalCommand& eval, const QueryResult& result, TimestampMs time_ms,
                        bool scalar);

/// OK if warnings and infos are those that `eval` expects.
Status CheckAnnotations(const EvalCommand& eval, const QueryResult& result);

/// OK if the query was to fail, and with this error.
Status CheckFailure(const EvalCommand& eval, const Status& error);

}  // namespace silverback::promqltest

// The door of PromQL: a query text in, a result out.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/database/database.h"
#include "query/model/query_result.h"
#include "query/syntax/parser.h"

namespace silverback {

struct EngineOptions {
  int64_t timeout_ms = 2 * 60 * 1000;             // --query.timeout
  uint64_t max_samples = 50'000'000;              // --query.max-samples
  uint64_t max_memory_bytes = uint64_t{1} << 30;  // --query.max-memory
  uint32_t max_concurrency = 20;                  // --query.max-concurrency
  uint32_t max_queued = 1000;                     // --query.max-queued; 0: no limit
  uint64_t max_series = 0;                        // --query.max-series; 0: no limit
  int64_t lookback_delta_ms = 5 * 60 * 1000;      // --query.lookback-delta
  uint32_t threads = 0;                           // leaves in parallel; 0: one for each core
  bool plan_rewrites = true;                      // off: for tests; answers must not change
  bool window_fast_paths = true;                  // off: likewise; every window by its definition
  bool delayed_name_removal = false;              // --enable-feature=promql-delayed-name-removal
  syntax::ParserOptions parser;                   // --enable-feature=...
  bool use_start_timestamps = false;              // --enable-feature=use-start-timestamps
};

/// One request to the engine.
struct QueryRequest {
  std::string query;
  StepGrid grid;  // instant queries: start == end
  bool instant = false;
  int64_t timeout_ms = 0;            // 0: the engine's; a larger one than the engine's is cut to it
  int64_t lookback_delta_ms = 0;     // 0: the engine's
  bool per_step_statistics = false;  // count samples by step
  bool analyze = false;              // fill profile
  /// Turned true by anyone to stop the query: it ends with a Cancelled error soon after. May be null.
  const std::atomic<bool>* cancelled = nullptr;
};

/// A query that runs or waits.
struct ActiveQuery {
  uint64_t id = 0;
  std::string query;
  TimestampMs started_ms = 0;
  bool queued = false;
};

/// Parses, plans and executes. Safe for concurrent use: at most `max_concurrency` queries execute, others wait in order.
///
/// Errors of `Execute`, and how the API words them:
///   InvalidArgument     the query does not parse or type-check ("1:5: parse error: ...")    400 bad_data
///   FailedPrecondition  the evaluation failed (many-to-many, bad parameter value)           422 execution
///   ResourceExhausted   a sample or memory budget is spent; names the flag                  422 execution
///   DeadlineExceeded    "query timed out in ..."                                            503 timeout
///   Cancelled           "query was canceled in ..."                                         503 canceled
///   Unavailable         too many queries wait already; names the flag                       503 unavailable
///   Internal, DataLoss  storage failed                                                      500 internal
class Engine {
 public:
  /// `database` must outlive the engine.
  static std::unique_ptr<Engine> Create(const Database* database, EngineOptions options);
  virtual ~Engine() = default;

  virtual StatusOr<QueryResult> Execute(const QueryRequest& request) = 0;

  virtual std::vector<ActiveQuery> ActiveQueries() const = 0;
  /// Ends an active query, running or waiting, with a Cancelled error soon after. False if there is none with this id.
  virtual bool Kill(uint64_t id) = 0;
  virtual const EngineOptions& options() const = 0;
};

}  // namespace silverback

// A database in memory and an engine over it, for tests of whole queries.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "query/exec/engine.h"
#include "query/syntax/parser.h"
#include "tests/support/memory_database/memory_database.h"

namespace silverback {

class QueryFixture {
 public:
  /// Adds a series with a sample a minute from time 0.
  void Add(std::string_view series, std::vector<double> values);

  /// Makes the engine anew.
  EngineOptions& options() {
    engine_.reset();
    return options_;
  }
  Engine& engine();

  StatusOr<QueryResult> Instant(std::string_view query, TimestampMs time_ms = 0);
  StatusOr<QueryResult> Range(std::string_view query, TimestampMs start_ms, TimestampMs end_ms,
                              int64_t step_ms);

  MemoryDatabase& database() { return *database_; }

 private:
  std::unique_ptr<MemoryDatabase> database_ = std::make_unique<MemoryDatabase>();
  EngineOptions options_;
  std::unique_ptr<Engine> engine_;
};

/// An answer as text: `{a="1"} 5` a line for a vector, `{a="1"} 5 _ 7` for a matrix, samples as `5@60000` for a raw
/// matrix; the message of an error.
std::string Text(const StatusOr<QueryResult>& result);

}  // namespace silverback

// A PromQL engine that answers what its test says.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "query/exec/engine.h"

namespace silverback::testing {

class FakeEngine : public Engine {
 public:
  std::function<StatusOr<QueryResult>(const QueryRequest&)> answer;
  EngineOptions engine_options;

  StatusOr<QueryResult> Execute(const QueryRequest& request) override {
    if (answer) return answer(request);
    QueryResult result;
    result.value = ScalarResult{request.grid.start_ms, 2};
    return result;
  }
  std::vector<ActiveQuery> active;
  std::vector<ActiveQuery> ActiveQueries() const override { return active; }
  bool Kill(uint64_t id) override { return id == 7; }
  const EngineOptions& options() const override { return engine_options; }
};

}  // namespace silverback::testing

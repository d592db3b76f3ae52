#include "query/syntax/durations.h"

#include <catch2/catch.hpp>

#include "query/syntax/parser.h"

namespace silverback::syntax {
namespace {

struct Times {
  int64_t range_ms = 0;
  int64_t offset_ms = 0;
  std::string error;
};

/// Resolves a range selector with a step of 10 s in a query over 100 s.
Times Resolve(std::string_view query) {
  StatusOr<ExprPtr> parsed = ParseExpr(query, AllFeatures());
  REQUIRE(parsed.ok());
  const Status status = ResolveDurations(parsed->get(), 10'000, 100'000);
  const auto& matrix = As<MatrixSelector>(**parsed);
  return {matrix.range_ms, matrix.selector->time.original_offset_ms,
          std::string(MessageOf(status))};
}

TEST_CASE("duration expressions are computed") {
  CHECK(Resolve("x[5m]").range_ms == 300'000);
  CHECK(Resolve("x[1m + 5]").range_ms == 65'000);
  CHECK(Resolve("x[1h / 2 - 10]").range_ms == 1'790'000);
  CHECK(Resolve("x[2 ^ 3 ^ 2 % 100]").range_ms == 12'000);
  CHECK(Resolve("x[(1m + 1) * 2]").range_ms == 122'000);
  CHECK(Resolve("x[-(-5)]").range_ms == 5'000);
  CHECK(Resolve("x[step()]").range_ms == 10'000);
  CHECK(Resolve("x[range() + step()]").range_ms == 110'000);
  CHECK(Resolve("x[max_of(step(), 3m)]").range_ms == 180'000);
  CHECK(Resolve("x[min_of(step(), 3m)]").range_ms == 10'000);
  CHECK(Resolve("x[1.0009 * 1]").range_ms == 1'000);
  CHECK(Resolve("x[5m] offset -step()").offset_ms == -10'000);
  CHECK(Resolve("x[5m] offset (1m - 2m)").offset_ms == -60'000);
}

TEST_CASE("durations that make no sense are refused where they stand") {
  CHECK(Resolve("x[5m - 10m]").error == "2:10: duration must be greater than 0");
  CHECK(Resolve("x[5m / (1 - 1)]").error == "2:13: division by zero");
  CHECK(Resolve("x[5m % (1 - 1)]").error == "2:13: modulo by zero");
  CHECK(Resolve("x[1y ^ 100]").error == "2:10: duration is NaN or infinite");
  CHECK(Resolve("x[1y * 1000]").error == "2:11: duration is out of range");
}

TEST_CASE("range, step and offset of subqueries inside are computed too") {
  StatusOr<ExprPtr> parsed =
      ParseExpr("sum(max_over_time(x[1h + 1:step() * 2] offset (1m * 2)))", AllFeatures());
  REQUIRE(parsed.ok());
  REQUIRE(ResolveDurations(parsed->get(), 10'000, 0).ok());
  const SubqueryExpr* subquery = nullptr;
  Walk(**parsed, [&](const Expr& expr) {
    if (const auto* found = DynAs<SubqueryExpr>(&expr)) subquery = found;
  });
  REQUIRE(subquery != nullptr);
  CHECK(subquery->range_ms == 3'601'000);
  CHECK(subquery->step_ms == 20'000);
  CHECK(subquery->time.original_offset_ms == 120'000);
}

}  // namespace
}  // namespace silverback::syntax

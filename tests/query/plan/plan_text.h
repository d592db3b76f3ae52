// Plans as text, for tests: a range query over [0, 10m] every minute.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>

#include "query/plan/planner.h"
#include "query/syntax/parser.h"

namespace silverback::plan {

/// The plan of `query` after `rewrite`; "error: ..." when there is none.
inline std::string PlanText(
    std::string_view query, const std::function<void(PlanPtr*)>& rewrite = [](PlanPtr*) {}) {
  StatusOr<syntax::ExprPtr> expr = syntax::ParseExpr(query, syntax::AllFeatures());
  REQUIRE(expr.ok());
  PlanContext context;
  context.grid = {0, 600000, 60000};
  StatusOr<PlanPtr> plan = MakePlan(expr->get(), context);
  if (!plan.ok()) return "error: " + std::string(MessageOf(plan.status()));
  rewrite(&*plan);
  return Explain(**plan);
}

}  // namespace silverback::plan

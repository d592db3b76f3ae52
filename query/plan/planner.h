// Syntax tree to plan.
#pragma once

#include "engine/base/status.h"
#include "query/model/step_grid.h"
#include "query/plan/plan_node.h"
#include "query/syntax/ast.h"

namespace silverback::plan {

/// What a plan is made for.
struct PlanContext {
  StepGrid grid;
  bool instant = false;
  /// The step of subqueries that name none.
  int64_t default_subquery_step_ms = 60 * 1000;
};

/// Resolves durations in `expr` (hence not const) and makes its plan. InvalidArgument, worded as upstream's, when a
/// duration expression cannot be computed.
StatusOr<PlanPtr> MakePlan(syntax::Expr* expr, const PlanContext& context);

}  // namespace silverback::plan

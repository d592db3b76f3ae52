// Computes duration expressions.
#pragma once

#include <cstdint>

#include "engine/base/status.h"
#include "query/syntax/ast.h"

namespace silverback::syntax {

/// Computes every duration expression in the tree: fills in offsets, ranges and steps from their
/// `*_expr`, which stay. `step_ms` and `range_ms` are what step() and range() mean; both are 0 in
/// an instant query. InvalidArgument (worded as upstream's) when a duration is not positive where
/// it must be, not finite, or divides by zero.
Status ResolveDurations(Expr* expr, int64_t step_ms, int64_t range_ms);

}  // namespace silverback::syntax

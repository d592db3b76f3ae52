// Binary operations on floats, column by column.
#pragma once

#include <span>

#include "query/functions/scalar_argument.h"
#include "query/model/column.h"
#include "query/plan/binary_functions.h"
#include "query/syntax/ast.h"

namespace silverback::exec {

/// How a comparison without `bool` answers: with which side's value.
enum class KeptSide : uint8_t { kLeft, kRight };

/// Computes `op` of `lhs` and `rhs` (one value, or one a step) for all steps of `out`, whose `present` says where both
/// sides have a value. Comparisons clear the steps where they do not hold and keep the value of `kept`; with
/// `return_bool` they give 1 or 0 instead. `out->floats` may be one of the sides. Trim operators hold for no floats.
void BinaryColumns(syntax::BinaryOp op, bool return_bool, ScalarArgument lhs, ScalarArgument rhs,
                   KeptSide kept, Column* out);

}  // namespace silverback::exec

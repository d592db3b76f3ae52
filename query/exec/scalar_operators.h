// Operators that give scalars: literals, time(), pi(), scalar(), max_of() and min_of(), and operations on scalars.
#pragma once

#include <memory>

#include "query/exec/operator.h"
#include "query/functions/function_table.h"
#include "query/syntax/ast.h"

namespace silverback::exec {

/// The same number at every step.
OperatorPtr NewNumber(QueryContext* query, const StepGrid& grid, double value);

/// time(): the step in seconds.
OperatorPtr NewTime(QueryContext* query, const StepGrid& grid);

/// scalar(v): the value where there is exactly one, otherwise NaN.
OperatorPtr NewVectorToScalar(QueryContext* query, const StepGrid& grid, OperatorPtr child);

/// An arithmetic operation or comparison (1 or 0) of two scalars.
OperatorPtr NewScalarBinary(QueryContext* query, const StepGrid& grid, syntax::BinaryOp op,
                            OperatorPtr lhs, OperatorPtr rhs);

/// max_of(a, b), min_of(a, b).
OperatorPtr NewScalarPair(QueryContext* query, const StepGrid& grid, ScalarPairKernel kernel,
                          OperatorPtr lhs, OperatorPtr rhs);

}  // namespace silverback::exec

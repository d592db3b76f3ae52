// Functions that change series one by one: elementwise functions, dates, timestamp(), unary minus, label_replace() and
// label_join(), vector(), and what is the same at every step.
#pragma once

#include "query/exec/operator.h"
#include "query/exec/scalar_arguments.h"
#include "query/functions/function_table.h"
#include "query/functions/label_functions.h"

namespace silverback::exec {

/// abs(v), clamp(v, min, max), ...: `function` is of kind kElementwise.
OperatorPtr NewElementwise(QueryContext* query, const StepGrid& grid, const FunctionInfo& function,
                           OperatorPtr child, ScalarArguments arguments);

/// hour(v) and its kin: `function` is of kind kDate.
OperatorPtr NewDate(QueryContext* query, const StepGrid& grid, const FunctionInfo& function,
                    OperatorPtr child);

/// timestamp(v) of anything but a plain selector: the step's time.
OperatorPtr NewStepTimestamp(QueryContext* query, const StepGrid& grid, OperatorPtr child);

/// -v.
OperatorPtr NewNegate(QueryContext* query, const StepGrid& grid, OperatorPtr child);

OperatorPtr NewLabelReplace(QueryContext* query, const StepGrid& grid, OperatorPtr child,
                            LabelReplacer replacer);
OperatorPtr NewLabelJoin(QueryContext* query, const StepGrid& grid, OperatorPtr child,
                         LabelJoiner joiner);

/// histogram_count(v) and its kin: `function` is of kind kNativeHistogram.
OperatorPtr NewHistogramNumber(QueryContext* query, const StepGrid& grid,
                               const FunctionInfo& function, OperatorPtr child);

/// The series of `child` without any values.
OperatorPtr NewNothing(QueryContext* query, const StepGrid& grid, OperatorPtr child);

/// No series at all.
OperatorPtr NewEmpty(QueryContext* query, const StepGrid& grid);

/// The values of `child`, whose grid is the first step alone, at every step of `grid`.
OperatorPtr NewStepInvariant(QueryContext* query, const StepGrid& grid, OperatorPtr child);

}  // namespace silverback::exec

// absent() and absent_over_time().
#pragma once

#include "query/exec/operator.h"

namespace silverback::exec {

/// One series with `labels` that is 1 where no series of `child` has a value.
OperatorPtr NewAbsent(QueryContext* query, const StepGrid& grid, OperatorPtr child,
                      LabelSet labels);

}  // namespace silverback::exec

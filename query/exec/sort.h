// sort(), sort_desc(), sort_by_label(), sort_by_label_desc().
#pragma once

#include <string>
#include <vector>

#include "query/exec/operator.h"
#include "query/functions/function_table.h"

namespace silverback::exec {

/// Orders an instant query's series; a range query's answer has an order of its own, so there it only warns. `names` are
/// the labels of sort_by_label().
OperatorPtr NewSort(QueryContext* query, const StepGrid& grid, FunctionKind kind, OperatorPtr child,
                    std::vector<std::string> names, PositionRange position);

}  // namespace silverback::exec

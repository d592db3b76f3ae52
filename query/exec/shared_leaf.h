// Leaves that several parents read: evaluated once, their columns kept until the last parent has them.
#pragma once

#include <functional>

#include "query/exec/operator.h"

namespace silverback::exec {

using LeafFactory = std::function<OperatorPtr(SampleCounter* counter)>;

/// A reader of the leaf `number` of the query. All readers of a number are on the same grid; they are made before the
/// first of them is opened. `new_leaf` makes the leaf anew: where its columns might take too much of the memory budget,
/// each reader evaluates a leaf of its own.
OperatorPtr NewSharedReader(QueryContext* query, const StepGrid& grid, uint32_t number,
                            SampleCounter* counter, LeafFactory new_leaf);

}  // namespace silverback::exec

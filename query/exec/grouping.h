// Which group of an aggregation each series belongs to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "query/exec/label_ops.h"
#include "query/exec/operator.h"

namespace silverback::exec {

struct Grouping {
  std::vector<uint32_t> group_of;    // by series
  std::vector<OutputSeries> groups;  // in the order of first appearance
};

/// Groups `series` by the labels that `filter` keeps. A group's name is dropped in the end if that of any member is.
Grouping GroupSeries(const std::vector<OutputSeries>& series, const LabelFilter& filter);

}  // namespace silverback::exec

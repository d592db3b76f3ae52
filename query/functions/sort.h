// The orders of sort(), sort_desc(), sort_by_label() and sort_by_label_desc(), for instant queries.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "query/model/query_result.h"

namespace silverback {

/// By value; NaN comes last either way. Native histograms are left out.
void SortByValue(std::vector<VectorSample>* samples, bool descending);
/// By the values of `names` in natural order ("a2" before "a10"), then by all labels.
void SortByLabel(std::vector<VectorSample>* samples, std::span<const std::string> names,
                 bool descending);
/// Natural order: digits compare as numbers.
bool NaturalLess(std::string_view a, std::string_view b);

}  // namespace silverback

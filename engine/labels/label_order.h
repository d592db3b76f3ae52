// Sorting by label sets.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "engine/labels/label_set.h"

namespace silverback {

/// The places of the sets in ascending order; which of equal sets comes first is not said. Compares words of
/// their bytes, and label sets (operator<=>) where these do not tell. REQUIRES: fewer than 2^32 sets.
std::vector<uint32_t> LabelOrder(std::span<const LabelSet* const> sets);

/// Sorts items by the label sets that `labels_of(item)` refers to.
template <typename Item, typename LabelsOf>
void SortByLabels(std::vector<Item>* items, LabelsOf labels_of) {
  std::vector<const LabelSet*> sets;
  sets.reserve(items->size());
  for (const Item& item : *items) sets.push_back(&labels_of(item));
  std::vector<Item> sorted;
  sorted.reserve(items->size());
  for (const uint32_t place : LabelOrder(sets)) sorted.push_back(std::move((*items)[place]));
  *items = std::move(sorted);
}

}  // namespace silverback

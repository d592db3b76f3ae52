#include "engine/block/facts.h"

#include <cmath>

namespace silverback {
namespace {

// Takes the samples of a block in order; the previous one is `facts->last_value`.
void AddSample(double value, uint32_t row, Facts* facts) {
  if (facts->count == 0) {
    facts->first_row = row;
    facts->first_value = value;
    facts->min = value;
    facts->max = value;
  } else {
    if (value < facts->last_value) facts->resets.push_back({row, facts->last_value});
    if (value < facts->min || std::isnan(facts->min)) facts->min = value;
    if (value > facts->max || std::isnan(facts->max)) facts->max = value;
  }
  facts->has_nan |= std::isnan(value);
  facts->has_inf |= std::isinf(value);
  facts->sum.Add(value);
  facts->last_row = row;
  facts->last_value = value;
  ++facts->count;
}

}  // namespace

Facts ComputeFacts(std::span<const double> values) {
  Facts facts;
  const auto rows = static_cast<uint32_t>(values.size());
  for (uint32_t row = 0; row < rows; ++row) {
    if (IsStale(values[row])) {
      facts.stale_rows.push_back(row);
    } else {
      AddSample(values[row], row, &facts);
    }
  }
  // Which NaN an addition gives is the CPU's choice; equal values must give equal blocks.
  if (std::isnan(facts.sum.sum)) facts.sum = {ValueOf(kNormalNanBits), 0};
  if (facts.resets.size() > MaxListedResets(rows)) {
    facts.resets_listed = false;
    facts.resets.clear();
  }
  return facts;
}

}  // namespace silverback

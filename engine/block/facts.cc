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

/// False for NaN (stale markers among them) and the infinities.
bool AllFinite(std::span<const double> values) {
  // Zero times a finite number is 0, times others NaN. Four sums, so that none waits for another.
  double sums[4] = {};
  size_t i = 0;
  for (; i + 4 <= values.size(); i += 4) {
    for (size_t lane = 0; lane < 4; ++lane) sums[lane] += values[i + lane] * 0.0;
  }
  for (; i < values.size(); ++i) sums[0] += values[i] * 0.0;
  return (sums[0] + sums[1]) + (sums[2] + sums[3]) == 0;
}

/// Adds finite values as KahanSum::Add does. Its branch on which of two is larger picks the order in which an addition's
/// rounding error comes out exactly; Knuth's six operations give the same error, whichever is larger.
KahanSum SumOfFinite(std::span<const double> values) {
  double sum = 0;
  double compensation = 0;
  for (const double value : values) {
    const double total = sum + value;
    const double added = total - sum;
    compensation += (sum - (total - added)) + (value - added);
    sum = total;
  }
  return {sum, compensation};
}

/// The facts of finite values, without a branch that depends on one of them: what falls often falls when nobody expects it.
/// False, with anything in `facts`, if something overflows on the way to their sum.
bool ComputeFactsOfFinite(std::span<const double> values, Facts* facts) {
  facts->sum = SumOfFinite(values);
  if (!std::isfinite(facts->sum.sum) || !std::isfinite(facts->sum.compensation)) return false;
  double min = values[0];
  double max = values[0];
  size_t falls = 0;
  for (size_t i = 1; i < values.size(); ++i) {
    falls += static_cast<size_t>(values[i] < values[i - 1]);
    min = values[i] < min ? values[i] : min;
    max = values[i] > max ? values[i] : max;
  }
  const auto rows = static_cast<uint32_t>(values.size());
  facts->count = rows;
  facts->first_row = 0;
  facts->last_row = rows - 1;
  facts->first_value = values.front();
  facts->last_value = values.back();
  facts->min = min;
  facts->max = max;
  facts->resets_listed = falls <= MaxListedResets(rows);
  if (!facts->resets_listed || falls == 0) return true;
  for (uint32_t row = 1; row < rows; ++row) {
    if (values[row] < values[row - 1]) facts->resets.push_back({row, values[row - 1]});
  }
  return true;
}

}  // namespace

Facts ComputeFacts(std::span<const double> values) {
  Facts facts;
  if (!values.empty() && AllFinite(values) && ComputeFactsOfFinite(values, &facts)) return facts;
  facts = Facts();
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

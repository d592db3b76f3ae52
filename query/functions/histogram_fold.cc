#include "query/functions/histogram_fold.h"

#include <utility>

namespace silverback {

void HistogramFold::Report(const HistogramSumOutcome& outcome, Cell* cell, RangeRemarks* remarks) {
  if (outcome.incompatible) {
    cell->incompatible = true;
    remarks->Add(RangeRemark::kMixedSchemas);
  }
  if (outcome.bounds_matched) remarks->Add(RangeRemark::kReconciledAggregation);
}

void HistogramFold::Fold(const Column& column, const StepMask& floats, RangeRemarks* remarks) {
  for (size_t step = 0; step < cells_.size(); ++step) {
    const FloatHistogram* histogram = column.HistogramAt(step);
    if (histogram == nullptr) continue;
    Cell& cell = cells_[step];
    if (cell.incompatible) continue;
    cell.seen = true;
    if (floats.Test(step) && !cell.sum) continue;
    bytes_ -= cell.sum ? cell.sum->memory_bytes() : 0;
    Add(*histogram, &cell, remarks);
    bytes_ += cell.sum->memory_bytes();
  }
}

void HistogramFold::Add(const FloatHistogram& histogram, Cell* cell, RangeRemarks* remarks) {
  cell->reset |= histogram.hint == ResetHint::kReset;
  cell->not_reset |= histogram.hint == ResetHint::kNotReset;
  ++cell->count;
  if (!cell->sum) {
    cell->sum.emplace(histogram);
  } else if (average_) {
    AddToMean(histogram, cell, remarks);
  } else {
    Report(cell->sum->Add(histogram), cell, remarks);
  }
}

void HistogramFold::AddToMean(const FloatHistogram& histogram, Cell* cell, RangeRemarks* remarks) {
  if (!cell->incremental) {
    HistogramSum sum = *cell->sum;
    const HistogramSumOutcome outcome = sum.Add(histogram);
    Report(outcome, cell, remarks);
    if (outcome.incompatible) return;
    if (!sum.HasInfinity()) {
      cell->sum = std::move(sum);
      return;
    }
    // From here on the mean itself is carried along, which cannot overflow.
    cell->incremental = true;
    cell->sum->Divide(cell->count - 1);
  }
  cell->sum->Multiply((cell->count - 1) / cell->count);
  FloatHistogram part = histogram;
  part.Divide(cell->count);
  Report(cell->sum->Add(part), cell, remarks);
}

void HistogramFold::Merge(const HistogramFold& other, RangeRemarks* remarks) {
  for (size_t step = 0; step < cells_.size(); ++step) {
    Cell& cell = cells_[step];
    const Cell& theirs = other.cells_[step];
    if (!theirs.seen || cell.incompatible) continue;
    bytes_ -= cell.sum ? cell.sum->memory_bytes() : 0;
    cell.seen = true;
    cell.incompatible = theirs.incompatible;
    cell.reset |= theirs.reset;
    cell.not_reset |= theirs.not_reset;
    if (!cell.sum) {
      if (theirs.sum) cell.sum.emplace(*theirs.sum);
      cell.incremental = theirs.incremental;
    } else if (theirs.sum) {
      FloatHistogram part = theirs.sum->Total();
      const double count = cell.count + theirs.count;
      if (cell.incremental || theirs.incremental) {
        if (!cell.incremental) cell.sum->Divide(cell.count);
        if (!theirs.incremental) part.Divide(theirs.count);
        cell.incremental = true;
        cell.sum->Multiply(cell.count / count);
        part.Multiply(theirs.count / count);
      }
      Report(cell.sum->Add(part), &cell, remarks);
    }
    cell.count += theirs.count;
    bytes_ += cell.sum ? cell.sum->memory_bytes() : 0;
  }
}

void HistogramFold::Finish(const StepMask& floats, Column* out, RangeRemarks* remarks) const {
  for (size_t step = 0; step < cells_.size(); ++step) {
    const Cell& cell = cells_[step];
    if (!cell.seen) continue;
    if (floats.Test(step)) {
      out->present.Clear(step);
      remarks->Add(RangeRemark::kMixedTypes);
      continue;
    }
    if (cell.incompatible || !cell.sum) continue;
    if (cell.reset && cell.not_reset) remarks->Add(RangeRemark::kResetCollision);
    HistogramSum sum = *cell.sum;
    if (average_ && !cell.incremental) sum.Divide(cell.count);
    FloatHistogram total = sum.Total();
    total.Compact();
    out->Set(step, std::make_shared<const FloatHistogram>(std::move(total)));
  }
}

}  // namespace silverback

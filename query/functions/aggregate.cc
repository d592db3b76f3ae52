#include "query/functions/aggregate.h"

#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

#include "engine/base/kahan_sum.h"
#include "query/functions/quantile.h"

namespace silverback {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Calls `fold(first, last)` for each run of steps that are all present: long runs become loops that vectorise.
template <typename Fold>
void ForPresentRuns(const StepMask& present, Fold fold) {
  const auto words = present.words();
  for (size_t w = 0; w < words.size(); ++w) {
    uint64_t word = words[w];
    size_t step = w * 64;
    while (word != 0) {
      const auto skip = static_cast<size_t>(std::countr_zero(word));
      step += skip;
      word >>= skip;
      const auto length = static_cast<size_t>(std::countr_one(word));
      fold(step, step + length);
      step += length;
      word = length == 64 ? 0 : word >> length;
    }
  }
}

void FoldSums(const double* values, size_t first, size_t last, double* sums,
              double* compensations) {
  for (size_t i = first; i < last; ++i) {
    const double value = values[i];
    const double sum = sums[i];
    const double total = sum + value;
    // Both branches of KahanSum::Add, so that the loop has none.
    const double sum_larger = (sum - total) + value;
    const double value_larger = (value - total) + sum;
    const double lost = std::abs(sum) >= std::abs(value) ? sum_larger : value_larger;
    const bool infinite = std::abs(total) > std::numeric_limits<double>::max();
    compensations[i] = infinite ? 0 : compensations[i] + lost;
    sums[i] = total;
  }
}

void FoldMin(const double* values, size_t first, size_t last, double* least) {
  for (size_t i = first; i < last; ++i) {
    least[i] = least[i] > values[i] || least[i] != least[i] ? values[i] : least[i];
  }
}

void FoldMax(const double* values, size_t first, size_t last, double* most) {
  for (size_t i = first; i < last; ++i) {
    most[i] = most[i] < values[i] || most[i] != most[i] ? values[i] : most[i];
  }
}

}  // namespace

GroupAccumulator::GroupAccumulator(AggregateOp op, size_t steps) : op_(op), present_(steps) {
  switch (op) {
    case AggregateOp::kGroup:
      break;
    case AggregateOp::kCount:
      count_.assign(steps, 0);
      break;
    case AggregateOp::kMin:
    case AggregateOp::kMax:
      value_.assign(steps, kNan);
      break;
    case AggregateOp::kSum:
      value_.assign(steps, 0);
      compensation_.assign(steps, 0);
      break;
    case AggregateOp::kAvg:
      value_.assign(steps, 0);
      compensation_.assign(steps, 0);
      count_.assign(steps, 0);
      break;
    case AggregateOp::kStddev:
    case AggregateOp::kStdvar:
      value_.assign(steps, 0);
      mean_.assign(steps, 0);
      count_.assign(steps, 0);
      break;
    case AggregateOp::kQuantile:
      values_ = StepValues(steps);
      break;
  }
}

void GroupAccumulator::Fold(const Column& column) {
  if (column.HasHistograms() || histograms_ != nullptr) {
    FoldMixed(column);
  } else {
    FoldFloats(column);
  }
}

void GroupAccumulator::FoldMixed(const Column& column) {
  if (op_ == AggregateOp::kCount || op_ == AggregateOp::kGroup) return FoldFloats(column);
  Column floats = column;
  const bool any_histogram = floats.DropHistograms();
  if (op_ != AggregateOp::kSum && op_ != AggregateOp::kAvg) {
    if (any_histogram) remarks_.Add(RangeRemark::kIgnoredHistograms);
    return FoldFloats(floats);
  }
  if (any_histogram) {
    if (histograms_ == nullptr) {
      histograms_ = std::make_unique<HistogramFold>(op_ == AggregateOp::kAvg, present_.size());
    }
    histograms_->Fold(column, present_, &remarks_);
  }
  for (size_t step = 0; histograms_ != nullptr && step < present_.size(); ++step) {
    if (histograms_->Incompatible(step)) floats.present.Clear(step);
  }
  FoldFloats(floats);
}

void GroupAccumulator::FoldFloats(const Column& column) {
  if (op_ == AggregateOp::kQuantile) values_.Add(column);
  const double* values = column.floats.data();
  ForPresentRuns(column.present, [&](size_t first, size_t last) {
    switch (op_) {
      case AggregateOp::kGroup:
      case AggregateOp::kQuantile:
        break;
      case AggregateOp::kCount:
        for (size_t i = first; i < last; ++i) ++count_[i];
        break;
      case AggregateOp::kMin:
        FoldMin(values, first, last, value_.data());
        break;
      case AggregateOp::kMax:
        FoldMax(values, first, last, value_.data());
        break;
      case AggregateOp::kSum:
        FoldSums(values, first, last, value_.data(), compensation_.data());
        break;
      case AggregateOp::kAvg:
        for (size_t i = first; i < last; ++i) AddToMean(i, values[i]);
        break;
      case AggregateOp::kStddev:
      case AggregateOp::kStdvar:
        for (size_t i = first; i < last; ++i) {
          const double delta = values[i] - mean_[i];
          mean_[i] += delta / static_cast<double>(++count_[i]);
          value_[i] += delta * (values[i] - mean_[i]);
        }
        break;
    }
  });
  for (size_t w = 0; w < present_.words().size(); ++w) {
    present_.words()[w] |= column.present.words()[w];
  }
}

void GroupAccumulator::AddToMean(size_t step, double value) {
  const auto count = static_cast<double>(++count_[step]);
  if (count == 1) {
    value_[step] = value;
    return;
  }
  if (mean_.empty() || !incremental_.Test(step)) {
    KahanSum sum{value_[step], compensation_[step]};
    sum.Add(value);
    if (!std::isinf(sum.sum)) {
      value_[step] = sum.sum;
      compensation_[step] = sum.compensation;
      return;
    }
    // From here on the mean itself is carried along, which cannot overflow.
    if (mean_.empty()) {
      mean_.assign(value_.size(), 0);
      incremental_.Reset(value_.size());
    }
    incremental_.Set(step);
    mean_[step] = value_[step] / (count - 1);
    compensation_[step] /= count - 1;
  }
  const double kept = (count - 1) / count;
  KahanSum mean{mean_[step] * kept, compensation_[step] * kept};
  mean.Add(value / count);
  mean_[step] = mean.sum;
  compensation_[step] = mean.compensation;
}

void GroupAccumulator::MergeMean(size_t step, const GroupAccumulator& other) {
  const auto mean_of = [step](const GroupAccumulator& a) {
    const auto n = static_cast<double>(a.count_[step]);
    return !a.mean_.empty() && a.incremental_.Test(step)
               ? a.mean_[step] + a.compensation_[step]
               : a.value_[step] / n + a.compensation_[step] / n;
  };
  const bool either_incremental = (!mean_.empty() && incremental_.Test(step)) ||
                                  (!other.mean_.empty() && other.incremental_.Test(step));
  KahanSum sum{value_[step], compensation_[step]};
  sum.Merge({other.value_[step], other.compensation_[step]});
  const auto a = static_cast<double>(count_[step]);
  const auto b = static_cast<double>(other.count_[step]);
  if (either_incremental || std::isinf(sum.sum)) {
    const double mean = mean_of(*this) * (a / (a + b)) + mean_of(other) * (b / (a + b));
    if (mean_.empty()) {
      mean_.assign(value_.size(), 0);
      incremental_.Reset(value_.size());
    }
    incremental_.Set(step);
    mean_[step] = mean;
    compensation_[step] = 0;
  } else {
    value_[step] = sum.sum;
    compensation_[step] = sum.compensation;
  }
  count_[step] += other.count_[step];
}

void GroupAccumulator::MergeVariance(size_t step, const GroupAccumulator& other) {
  const auto a = static_cast<double>(count_[step]);
  const auto b = static_cast<double>(other.count_[step]);
  const double delta = other.mean_[step] - mean_[step];
  mean_[step] += delta * (b / (a + b));
  value_[step] += other.value_[step] + delta * delta * (a * (b / (a + b)));
  count_[step] += other.count_[step];
}

void GroupAccumulator::Merge(const GroupAccumulator& other) {
  if (other.histograms_ != nullptr) {
    if (histograms_ == nullptr) {
      histograms_ = std::make_unique<HistogramFold>(op_ == AggregateOp::kAvg, present_.size());
    }
    histograms_->Merge(*other.histograms_, &remarks_);
  }
  remarks_.Merge(other.remarks_);
  if (op_ == AggregateOp::kQuantile) values_.Add(other.values_);
  ForPresentRuns(other.present_, [&](size_t first, size_t last) {
    for (size_t i = first; i < last; ++i) {
      const bool seen = present_.Test(i);
      switch (op_) {
        case AggregateOp::kGroup:
        case AggregateOp::kQuantile:
          break;
        case AggregateOp::kCount:
          count_[i] += other.count_[i];
          break;
        case AggregateOp::kMin:
          FoldMin(other.value_.data(), i, i + 1, value_.data());
          break;
        case AggregateOp::kMax:
          FoldMax(other.value_.data(), i, i + 1, value_.data());
          break;
        case AggregateOp::kSum: {
          KahanSum sum{value_[i], compensation_[i]};
          sum.Merge({other.value_[i], other.compensation_[i]});
          value_[i] = sum.sum;
          compensation_[i] = sum.compensation;
          break;
        }
        case AggregateOp::kAvg:
          if (seen) {
            MergeMean(i, other);
          } else {
            value_[i] = other.value_[i];
            compensation_[i] = other.compensation_[i];
            count_[i] = other.count_[i];
            if (!other.mean_.empty() && other.incremental_.Test(i)) {
              if (mean_.empty()) {
                mean_.assign(value_.size(), 0);
                incremental_.Reset(value_.size());
              }
              incremental_.Set(i);
              mean_[i] = other.mean_[i];
            }
          }
          break;
        case AggregateOp::kStddev:
        case AggregateOp::kStdvar:
          if (seen) {
            MergeVariance(i, other);
          } else {
            value_[i] = other.value_[i];
            mean_[i] = other.mean_[i];
            count_[i] = other.count_[i];
          }
          break;
      }
    }
  });
  for (size_t w = 0; w < present_.words().size(); ++w) {
    present_.words()[w] |= other.present_.words()[w];
  }
}

double GroupAccumulator::ValueAt(size_t step) const {
  switch (op_) {
    case AggregateOp::kGroup:
      return 1;
    case AggregateOp::kCount:
      return static_cast<double>(count_[step]);
    case AggregateOp::kMin:
    case AggregateOp::kMax:
      return value_[step];
    case AggregateOp::kSum:
      return value_[step] + compensation_[step];
    case AggregateOp::kAvg: {
      if (!mean_.empty() && incremental_.Test(step)) return mean_[step] + compensation_[step];
      const auto count = static_cast<double>(count_[step]);
      return value_[step] / count + compensation_[step] / count;
    }
    case AggregateOp::kStddev:
      return std::sqrt(value_[step] / static_cast<double>(count_[step]));
    case AggregateOp::kStdvar:
      return value_[step] / static_cast<double>(count_[step]);
    case AggregateOp::kQuantile:
      break;  // has values_
  }
  return kNan;
}

void GroupAccumulator::FinishQuantiles(ScalarArgument quantile, Column* out) const {
  StepValues::Rows rows;
  for (size_t slice = 0; slice < values_.slices(); ++slice) {
    values_.Read(slice, &rows);
    for (size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].empty()) continue;
      const size_t step = slice * StepValues::kSliceSteps + i;
      out->Set(step, Quantile(quantile.At(step), &rows[i]));
    }
  }
}

void GroupAccumulator::Finish(Column* out, ScalarArgument quantile) {
  const size_t steps = present_.size();
  out->Reset(steps);
  if (op_ == AggregateOp::kQuantile) return FinishQuantiles(quantile, out);
  for (size_t step = 0; step < steps; ++step) {
    if (present_.Test(step)) out->Set(step, ValueAt(step));
  }
  if (histograms_ != nullptr) histograms_->Finish(present_, out, &remarks_);
}

size_t GroupAccumulator::memory_bytes() const {
  size_t bytes =
      sizeof *this + present_.words().size_bytes() + incremental_.words().size_bytes() +
      (value_.capacity() + compensation_.capacity() + mean_.capacity()) * sizeof(double) +
      count_.capacity() * sizeof(uint64_t) + values_.memory_bytes();
  if (histograms_ != nullptr) bytes += histograms_->memory_bytes();
  return bytes;
}

}  // namespace silverback

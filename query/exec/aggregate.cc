#include "query/exec/aggregate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/value.h"
#include "query/exec/grouping.h"
#include "query/exec/scalar_arguments.h"
#include "query/functions/aggregate.h"
#include "query/functions/classic_histogram.h"

namespace silverback::exec {
namespace {

AggregateOp FoldingOp(syntax::AggregateOp op) {
  switch (op) {
    case syntax::AggregateOp::kSum:
      return AggregateOp::kSum;
    case syntax::AggregateOp::kAvg:
      return AggregateOp::kAvg;
    case syntax::AggregateOp::kCount:
      return AggregateOp::kCount;
    case syntax::AggregateOp::kMin:
      return AggregateOp::kMin;
    case syntax::AggregateOp::kMax:
      return AggregateOp::kMax;
    case syntax::AggregateOp::kGroup:
      return AggregateOp::kGroup;
    case syntax::AggregateOp::kStddev:
      return AggregateOp::kStddev;
    case syntax::AggregateOp::kStdvar:
      return AggregateOp::kStdvar;
    case syntax::AggregateOp::kQuantile:
      return AggregateOp::kQuantile;
    default:
      break;
  }
  SB_CHECK(false);  // the others have operators of their own
  return AggregateOp::kSum;
}

// Upstream warns of NaN, of the largest and of the smallest value of the parameter, not of every one.
void AnnotateExtremes(ScalarArgument quantile, PositionRange position, Annotations* annotations) {
  double largest = -std::numeric_limits<double>::max();
  double smallest = std::numeric_limits<double>::max();
  for (const double value : quantile.values) {
    if (std::isnan(value)) {
      AnnotateQuantiles({std::span(&value, 1)}, position, annotations);
    } else {
      largest = std::max(largest, value);
      smallest = std::min(smallest, value);
    }
  }
  if (largest > 1) AnnotateQuantiles({std::span(&largest, 1)}, position, annotations);
  if (smallest < 0) AnnotateQuantiles({std::span(&smallest, 1)}, position, annotations);
}

// What is said of native histograms in an aggregation of `position`, where `metric_name` came last.
void AnnotateHistograms(RangeRemarks remarks, std::string_view aggregation,
                        std::string_view metric_name, PositionRange position,
                        Annotations* annotations) {
  if (remarks.empty()) return;
  if (remarks.Has(RangeRemark::kIgnoredHistograms)) {
    annotations->Add(HistogramIgnoredInAggregationInfo(aggregation, position));
  }
  if (remarks.Has(RangeRemark::kMixedTypes)) {
    annotations->Add(MixedFloatsHistogramsAggregationWarning(position));
  }
  if (remarks.Has(RangeRemark::kMixedSchemas)) {
    annotations->Add(MixedSchemasWarning(metric_name, position));
  }
  if (remarks.Has(RangeRemark::kReconciledAggregation)) {
    annotations->Add(MismatchedCustomBucketsInfo("aggregation", position));
  }
  if (remarks.Has(RangeRemark::kResetCollision)) {
    annotations->Add(ResetCollisionWarning("aggregation", position));
  }
}

class Aggregate : public Operator {
 public:
  Aggregate(QueryContext* query, const StepGrid& grid, const plan::AggregatePlan& plan,
            OperatorPtr child, OperatorPtr parameter)
      : Operator(query, grid),
        op_(FoldingOp(plan.op)),
        name_(AggregateOpName(plan.op)),
        position_(plan.child().position),
        filter_(GroupingFilter(plan.grouping, plan.without)),
        child_(std::move(child)),
        share_(budget()),
        annotations_(query->NewAnnotations()) {
    if (parameter != nullptr) {
      std::vector<OperatorPtr> parameters;
      parameters.push_back(std::move(parameter));
      parameter_ = ScalarArguments(std::move(parameters));
      parameter_position_ = plan.param()->position;
    }
  }

  Status Open() override {
    RETURN_IF_ERROR(parameter_.Read());
    RETURN_IF_ERROR(child_->Open());
    grouping_ = GroupSeries(child_->series(), filter_);
    series_ = std::move(grouping_.groups);
    groups_.resize(series_.size());
    if (!parameter_.values().empty()) {
      AnnotateExtremes(parameter_.values()[0], parameter_position_, annotations_);
    }
    return share_.Grow(series_.size() * sizeof(OutputSeries) +
                       grouping_.group_of.size() * sizeof(uint32_t));
  }

  StatusOr<bool> Next(SeriesColumn* out) override {
    if (!folded_) {
      RETURN_IF_ERROR(FoldAll(out));
      folded_ = true;
    }
    for (; next_group_ < groups_.size(); ++next_group_) {
      std::optional<GroupAccumulator>& group = groups_[next_group_];
      if (!group.has_value()) continue;
      RETURN_IF_ERROR(budget()->Check());
      const ScalarArgument quantile =
          parameter_.values().empty() ? ScalarArgument{} : parameter_.values()[0];
      out->series = next_group_;
      out->column.Reset(steps());
      group->Finish(&out->column, quantile);
      AnnotateHistograms(group->TakeRemarks(), name_, "", position_, annotations_);
      group.reset();
      if (!out->column.present.Any()) continue;
      ++next_group_;
      return true;
    }
    share_.Clear();
    return false;
  }

  bool ascending() const override { return true; }

 private:
  Status FoldAll(SeriesColumn* scratch) {
    while (true) {
      ASSIGN_OR_RETURN(const bool more, child_->Next(scratch));
      if (!more) return absl::OkStatus();
      std::optional<GroupAccumulator>& group = groups_[grouping_.group_of[scratch->series]];
      const size_t before = group.has_value() ? group->memory_bytes() : 0;
      if (!group.has_value()) group.emplace(op_, steps());
      group->Fold(scratch->column);
      AnnotateHistograms(group->TakeRemarks(), name_,
                         child_->series()[scratch->series].labels.Get(kMetricName), position_,
                         annotations_);
      const size_t after = group->memory_bytes();
      if (after > before) {
        const uint64_t samples = op_ == AggregateOp::kQuantile ? scratch->column.present.Count()
                                 : before == 0                 ? steps()
                                                               : 0;
        RETURN_IF_ERROR(share_.Grow(after - before, samples));
      }
    }
  }

  AggregateOp op_;
  std::string_view name_;
  PositionRange position_;  // of what is aggregated
  LabelFilter filter_;
  OperatorPtr child_;
  ScalarArguments parameter_;
  PositionRange parameter_position_;
  BudgetShare share_;
  Annotations* annotations_;
  Grouping grouping_;
  std::vector<std::optional<GroupAccumulator>> groups_;
  size_t next_group_ = 0;
  bool folded_ = false;
};

}  // namespace

OperatorPtr NewAggregate(QueryContext* query, const StepGrid& grid, const plan::AggregatePlan& plan,
                         OperatorPtr child, OperatorPtr parameter) {
  return std::make_unique<Aggregate>(query, grid, plan, std::move(child), std::move(parameter));
}

}  // namespace silverback::exec

#include "query/exec/histogram.h"

#include <map>
#include <optional>
#include <utility>

#include "query/exec/grouping.h"
#include "query/exec/map_operator.h"
#include "query/exec/series_merger.h"
#include "query/functions/classic_histogram.h"
#include "query/functions/native_histogram.h"

namespace silverback::exec {
namespace {

// The series of a histogram are those that differ in `le` alone. A histogram is evaluated once all of its series have
// come; where the child gives them in order that is after the last of them, otherwise at the end.
class HistogramFunction : public Operator {
 public:
  HistogramFunction(QueryContext* query, const StepGrid& grid, HistogramCall call,
                    OperatorPtr buckets, ScalarArguments scalars)
      : Operator(query, grid),
        call_(std::move(call)),
        child_(std::move(buckets)),
        scalars_(std::move(scalars)),
        merger_(MergePolicy(*query), budget()),
        share_(budget()),
        annotations_(query->NewAnnotations()) {}

  Status Open() override {
    const std::string& label = call_.quantile_label;
    if (call_.kind == FunctionKind::kHistogramQuantiles && (label.empty() || !IsValidUtf8(label))) {
      return Error(absl::StatusCode::kFailedPrecondition, "invalid label name {}", Quote(label));
    }
    RETURN_IF_ERROR(scalars_.Read());
    RETURN_IF_ERROR(child_->Open());
    AnnotateScalars();
    FindVariants();
    grouping_ = GroupSeries(child_->series(), LabelFilter::Drop({std::string(kBucketLabel)}));
    FindBounds();
    std::vector<OutputSeries> inputs;
    for (const OutputSeries& group : grouping_.groups) {
      OutputSeries nameless = DropName(*query(), group);
      nameless.drop_name = query()->delayed_name_removal;
      for (const Variant& variant : variants_) {
        inputs.push_back(nameless);
        if (variant.label.empty()) continue;
        inputs.back().labels =
            LabelSetBuilder(nameless.labels).Set(call_.quantile_label, variant.label).Build();
      }
    }
    ASSIGN_OR_RETURN(series_, merger_.SetInputs(std::move(inputs)));
    return share_.Grow(grouping_.groups.size() * sizeof(Group) +
                       child_->series().size() * sizeof(double));
  }

  StatusOr<bool> Next(SeriesColumn* out) override {
    while (true) {
      while (next_result_ < results_.size()) {
        *out = std::move(results_[next_result_++]);
        ASSIGN_OR_RETURN(const bool finished, merger_.Add(out));
        if (finished) return true;
      }
      results_.clear();
      next_result_ = 0;
      if (child_done_) return merger_.NextMerged(out);
      RETURN_IF_ERROR(Advance());
    }
  }

  bool ascending() const override { return false; }

 private:
  // One output for each group: histogram_quantiles() has several, one for each quantile (and, where that changes from
  // step to step, for each value that it takes).
  struct Variant {
    size_t scalar = 0;
    double value = 0;   // only for the steps at which the scalar has this value...
    bool all = true;    // ...unless it has no other
    std::string label;  // of histogram_quantiles()
  };
  struct Group {
    size_t last_series = 0;
    std::vector<std::pair<double, Column>> buckets;  // of a classic one: upper bound, counts
    std::vector<Column> native;                      // histograms
    std::optional<BudgetShare> share;                // of both
  };

  void AnnotateScalars() {
    if (call_.kind == FunctionKind::kHistogramFraction) return;
    for (size_t i = 0; i < call_.scalar_positions.size(); ++i) {
      AnnotateQuantiles(scalars_.values()[i], call_.scalar_positions[i], annotations_);
    }
  }

  void FindVariants() {
    if (call_.kind != FunctionKind::kHistogramQuantiles) {
      variants_.push_back({});
      return;
    }
    for (size_t i = 0; i < scalars_.values().size(); ++i) {
      const std::span<const double> values = scalars_.values()[i].values;
      std::map<std::string, double> by_label;
      for (const double value : values) by_label.emplace(QuantileLabel(value), value);
      for (const auto& [label, value] : by_label) {
        variants_.push_back({i, value, by_label.size() == 1, label});
      }
    }
  }

  void FindBounds() {
    groups_.resize(grouping_.groups.size());
    bounds_.reserve(child_->series().size());
    for (size_t i = 0; i < child_->series().size(); ++i) {
      groups_[grouping_.group_of[i]].last_series = i;
      bounds_.push_back(ParseBucketBound(child_->series()[i].labels.Get(kBucketLabel)));
    }
    for (size_t i = 0; i < child_->series().size(); ++i) {
      if (groups_[grouping_.group_of[i]].last_series == i)
        by_last_.push_back(grouping_.group_of[i]);
    }
  }

  // Takes the child's next series and evaluates the groups that are complete with it.
  Status Advance() {
    SeriesColumn in;
    ASSIGN_OR_RETURN(const bool more, child_->Next(&in));
    if (!more) {
      child_done_ = true;
      return EvaluateComplete(child_->series().size());
    }
    RETURN_IF_ERROR(budget()->Check());
    Group& group = groups_[grouping_.group_of[in.series]];
    const size_t series = in.series;
    if (in.column.HasHistograms()) {
      Column native = in.column;
      if (in.column.DropHistograms()) RETURN_IF_ERROR(KeepNative(std::move(native), &group));
    }
    if (!in.column.present.Any()) {
      // Native histograms alone, or nothing.
    } else if (!bounds_[series].has_value()) {
      const LabelSet& labels = child_->series()[series].labels;
      annotations_->Add(
          BadBucketLabelWarning(MetricName(labels), labels.Get(kBucketLabel), call_.position));
    } else {
      if (!group.share) group.share.emplace(budget());
      RETURN_IF_ERROR(ChargeColumn(in.column, &*group.share));
      group.buckets.emplace_back(*bounds_[series], std::move(in.column));
    }
    return child_->ascending() ? EvaluateComplete(series) : absl::OkStatus();
  }

  Status KeepNative(Column native, Group* group) {
    if (!group->share) group->share.emplace(budget());
    RETURN_IF_ERROR(ChargeColumn(native, &*group->share));
    group->native.push_back(std::move(native));
    return absl::OkStatus();
  }

  // The groups whose last series is `series` or before it.
  Status EvaluateComplete(size_t series) {
    for (; next_group_ < by_last_.size(); ++next_group_) {
      if (groups_[by_last_[next_group_]].last_series > series) break;
      RETURN_IF_ERROR(budget()->Check());
      Evaluate(by_last_[next_group_]);
    }
    return absl::OkStatus();
  }

  void Evaluate(uint32_t index) {
    Group& group = groups_[index];
    if (group.buckets.empty() && group.native.empty()) return;
    const std::string name(MetricName(grouping_.groups[index].labels));
    ResolveConflicts(name, &group);
    std::vector<BucketColumn> buckets;
    for (const auto& [bound, column] : group.buckets) buckets.push_back({bound, &column});
    for (size_t v = 0; v < variants_.size(); ++v) {
      SeriesColumn result{index * variants_.size() + v, {}};
      result.column.Reset(steps());
      EvaluateVariant(variants_[v], buckets, group.native, name, &result.column);
      if (result.column.present.Any()) results_.push_back(std::move(result));
    }
    group.buckets = {};
    group.native = {};
    group.share.reset();
  }

  // A classic and a native histogram of the same labels and time: neither is evaluated.
  void ResolveConflicts(std::string_view name, Group* group) {
    StepMask classic(steps());
    for (const auto& [bound, column] : group->buckets) Unite(column.present, &classic);
    for (Column& native : group->native) {
      StepMask both = native.present;
      bool any = false;
      for (size_t step = 0; step < steps(); ++step) {
        const bool conflict = native.HistogramAt(step) != nullptr && classic.Test(step);
        any |= conflict;
        if (!conflict) both.Clear(step);
      }
      if (!any) continue;
      annotations_->Add(MixedClassicNativeHistogramsWarning(name, call_.position));
      Remove(both, &native.present);
      for (auto& [bound, column] : group->buckets) Remove(both, &column.present);
    }
  }

  static void Unite(const StepMask& mask, StepMask* target) {
    for (size_t w = 0; w < mask.words().size(); ++w) target->words()[w] |= mask.words()[w];
  }
  static void Remove(const StepMask& mask, StepMask* target) {
    for (size_t w = 0; w < mask.words().size(); ++w) target->words()[w] &= ~mask.words()[w];
  }

  void EvaluateVariant(const Variant& variant, std::span<const BucketColumn> buckets,
                       std::span<const Column> native, std::string_view name, Column* out) {
    const std::span<const ScalarArgument> scalars = scalars_.values();
    if (call_.kind == FunctionKind::kHistogramFraction) {
      if (!buckets.empty()) EvaluateHistogramFraction(buckets, scalars[0], scalars[1], out);
      EvaluateNative(native, name, out, [&](size_t step, const FloatHistogram& h) {
        return FractionOf(scalars[0].At(step), scalars[1].At(step), h);
      });
      return;
    }
    const ScalarArgument quantile = scalars[variant.scalar];
    if (!buckets.empty()) {
      EvaluateHistogramQuantile(buckets, grid(), quantile, name, call_.position, out, annotations_);
    }
    EvaluateNative(native, name, out, [&](size_t step, const FloatHistogram& h) {
      return QuantileOf(quantile.At(step), h);
    });
    for (size_t step = 0; !variant.all && step < steps(); ++step) {
      if (QuantileLabel(quantile.At(step)) != variant.label) out->present.Clear(step);
    }
  }

  template <typename Estimate>
  void EvaluateNative(std::span<const Column> native, std::string_view name, Column* out,
                      const Estimate& estimate) {
    for (const Column& column : native) {
      for (size_t step = 0; step < steps(); ++step) {
        const FloatHistogram* histogram = column.HistogramAt(step);
        if (histogram == nullptr) continue;
        const HistogramEstimate result = estimate(step, *histogram);
        out->Set(step, result.value);
        AnnotateNans(result.remark, name);
      }
    }
  }

  void AnnotateNans(NanRemark remark, std::string_view name) {
    switch (remark) {
      case NanRemark::kNone:
        return;
      case NanRemark::kResultIsNan:
      case NanRemark::kSkewed:
        annotations_->Add(QuantileOfNansInfo(remark == NanRemark::kSkewed, name, call_.position));
        return;
      case NanRemark::kExcluded:
        annotations_->Add(FractionOfNansInfo(name, call_.position));
        return;
    }
  }

  // Upstream names the metric in annotations only where the name is still there.
  std::string_view MetricName(const LabelSet& labels) const {
    return query()->delayed_name_removal ? labels.Get(kMetricName) : std::string_view();
  }

  const HistogramCall call_;
  OperatorPtr child_;
  ScalarArguments scalars_;
  SeriesMerger merger_;
  BudgetShare share_;
  Annotations* annotations_;
  std::vector<Variant> variants_;
  Grouping grouping_;
  std::vector<std::optional<double>> bounds_;  // by series
  std::vector<Group> groups_;
  std::vector<uint32_t> by_last_;  // the groups by their last series
  size_t next_group_ = 0;          // in by_last_
  bool child_done_ = false;
  std::vector<SeriesColumn> results_;
  size_t next_result_ = 0;
};

}  // namespace

OperatorPtr NewHistogramFunction(QueryContext* query, const StepGrid& grid, HistogramCall call,
                                 OperatorPtr buckets, ScalarArguments scalars) {
  return std::make_unique<HistogramFunction>(query, grid, std::move(call), std::move(buckets),
                                             std::move(scalars));
}

}  // namespace silverback::exec

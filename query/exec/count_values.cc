#include "query/exec/count_values.h"

#include <absl/container/flat_hash_map.h>
#include <algorithm>
#include <utility>

#include "engine/base/hash.h"
#include "query/exec/grouping.h"
#include "query/model/float_histogram.h"
#include "query/syntax/printer.h"

namespace silverback::exec {
namespace {

// Labels depend on values, so everything is counted in `Open`, a point for every sample.
class CountValues : public Operator {
 public:
  CountValues(QueryContext* query, const StepGrid& grid, const plan::AggregatePlan& plan,
              OperatorPtr child, std::string label)
      : Operator(query, grid),
        label_(std::move(label)),
        filter_(GroupingFilter(WithLabel(plan.grouping, plan.without, label_), plan.without)),
        labels_values_(!plan.without || filter_.Keeps(label_)),
        child_(std::move(child)),
        share_(budget()) {}

  Status Open() override {
    if (label_.empty() || !IsValidUtf8(label_)) {
      return Error(absl::StatusCode::kFailedPrecondition, "invalid label name {}", Quote(label_));
    }
    RETURN_IF_ERROR(child_->Open());
    // Groups apart from the value's label, which replaces a label of that name.
    std::vector<OutputSeries> bare = child_->series();
    for (OutputSeries& series : bare) {
      if (series.labels.Has(label_)) {
        series.labels = LabelSetBuilder(series.labels).Delete(label_).Build();
      }
    }
    grouping_ = GroupSeries(bare, filter_);
    RETURN_IF_ERROR(Collect());
    std::sort(points_.begin(), points_.end());
    return absl::OkStatus();
  }

  StatusOr<bool> Next(SeriesColumn* out) override {
    if (next_ == series_.size()) return false;
    out->series = next_;
    out->column.Reset(steps());
    for (; next_point_ < points_.size() && points_[next_point_].first == next_; ++next_point_) {
      const size_t step = points_[next_point_].second;
      const double count = out->column.present.Test(step) ? out->column.floats[step] : 0;
      out->column.Set(step, count + 1);
    }
    ++next_;
    return true;
  }

  bool ascending() const override { return true; }

 private:
  static std::vector<std::string> WithLabel(std::vector<std::string> grouping, bool without,
                                            const std::string& label) {
    if (!without) grouping.push_back(label);
    return grouping;
  }

  Status Collect() {
    SeriesColumn in;
    while (true) {
      ASSIGN_OR_RETURN(const bool more, child_->Next(&in));
      if (!more) return absl::OkStatus();
      RETURN_IF_ERROR(budget()->Check());
      RETURN_IF_ERROR(
          share_.Grow(in.column.present.Count() * sizeof(points_[0]), in.column.present.Count()));
      for (size_t step = 0; step < steps(); ++step) {
        if (!in.column.present.Test(step)) continue;
        ASSIGN_OR_RETURN(const uint32_t output,
                         OutputOf(grouping_.group_of[in.series], TextOf(in.column, step)));
        points_.emplace_back(output, static_cast<uint32_t>(step));
      }
    }
  }

  // What the value's label says; nothing where it is taken away.
  std::string TextOf(const Column& column, size_t step) const {
    if (!labels_values_) return "";
    if (const FloatHistogram* histogram = column.HistogramAt(step)) return histogram->ToString();
    return syntax::FormatNumber(column.floats[step]);
  }

  StatusOr<uint32_t> OutputOf(uint32_t group, const std::string& text) {
    const auto [it, inserted] = output_of_.try_emplace(std::pair(group, text), series_.size());
    if (inserted) {
      LabelSetBuilder labels(grouping_.groups[group].labels);
      if (labels_values_) labels.Set(label_, text);
      series_.push_back({labels.Build(), false});
      RETURN_IF_ERROR(share_.Grow(series_.back().labels.encoded().size() + text.size() +
                                  2 * sizeof(OutputSeries)));
    }
    return it->second;
  }

  std::string label_;
  LabelFilter filter_;
  bool labels_values_;  // false: `without` takes the value's label away again
  OperatorPtr child_;
  BudgetShare share_;
  Grouping grouping_;
  absl::flat_hash_map<std::pair<uint32_t, std::string>, uint32_t> output_of_;
  std::vector<std::pair<uint32_t, uint32_t>> points_;  // output, step
  size_t next_ = 0;
  size_t next_point_ = 0;
};

}  // namespace

OperatorPtr NewCountValues(QueryContext* query, const StepGrid& grid,
                           const plan::AggregatePlan& plan, OperatorPtr child, std::string label) {
  return std::make_unique<CountValues>(query, grid, plan, std::move(child), std::move(label));
}

}  // namespace silverback::exec

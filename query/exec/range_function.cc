#include "query/exec/range_function.h"

#include <utility>

#include "query/exec/leaf_operator.h"
#include "query/exec/map_operator.h"
#include "query/windows/range_evaluator.h"

namespace silverback::exec {
namespace {

SeriesMerger::Policy RangePolicy(const QueryContext& query, const FunctionInfo& function) {
  // absent_over_time looks at which steps have values in any series: labels do not matter.
  if (query.delayed_name_removal || function.keeps_name ||
      function.kind == FunctionKind::kAbsentOverTime) {
    return SeriesMerger::Policy::kKeepApart;
  }
  return SeriesMerger::Policy::kRefuse;
}

/// `query` must outlive who uses it.
RangeSpec SpecOf(const QueryContext& query, const StepGrid& grid, const FunctionInfo& function,
                 int64_t range_ms, const plan::TimeShift& time) {
  RangeSpec spec;
  spec.function = &function;
  spec.grid = grid;
  spec.range_ms = range_ms;
  spec.offset_ms = time.offset_ms;
  spec.at_ms = time.at_ms;
  spec.lookback_ms = query.lookback_ms;
  spec.fast_paths = query.window_fast_paths;
  spec.may_go_on = [&query] { return query.budget.Check(); };
  return spec;
}

// Metrics that may be no counters, for one list of annotations. Series come metric by metric: one message a metric, as making it costs as
// much as some steps of a series.
class NonCounterNotes {
 public:
  void Note(std::string_view metric_name, PositionRange position, Annotations* annotations) {
    if (metric_name == noted_) return;
    annotations->Add(PossibleNonCounterInfo(metric_name, position));
    noted_ = metric_name;
  }

 private:
  std::string noted_;  // the last one
};

// What the parallel evaluation of a range function shares.
struct MatrixShared {
  RangeSpec spec;
  PositionRange position;
  ScalarArguments arguments;
  std::vector<std::string> metric_names;  // by place
};

class MatrixWorker : public LeafWorker {
 public:
  MatrixWorker(const MatrixShared* shared, const RangeSpec& spec, Budget* budget,
               SampleCounter* counter, Annotations* annotations)
      : shared_(shared),
        budget_(budget),
        counter_(counter),
        annotations_(annotations),
        evaluator_(spec) {}

  Status Evaluate(const SeriesRuns& series, size_t place, Column* out) override {
    RETURN_IF_ERROR(evaluator_.Evaluate(series, shared_->arguments.values(), out));
    RETURN_IF_ERROR(budget_->Touch(evaluator_.window_samples_max()));
    const std::string& metric_name = shared_->metric_names[place];
    evaluator_.Annotate(metric_name, shared_->position, &own_annotations_);
    if (evaluator_.MayBeNoCounter(*out, metric_name)) {
      non_counters_.Note(metric_name, shared_->position, &own_annotations_);
    }
    return absl::OkStatus();
  }
  size_t memory_bytes() const override { return evaluator_.memory_bytes(); }
  void Finish() override {
    counter_->Add(evaluator_.samples());
    annotations_->Merge(own_annotations_);
  }

 private:
  const MatrixShared* shared_;
  Budget* budget_;
  SampleCounter* counter_;
  Annotations* annotations_;
  Annotations own_annotations_;
  NonCounterNotes non_counters_;
  RangeEvaluator evaluator_;
};

class MatrixLeaf : public Leaf {
 public:
  MatrixLeaf(QueryContext* query, const StepGrid& grid, const plan::CallPlan& call,
             const plan::MatrixPlan& matrix, ScalarArguments scalars)
      : query_(query) {
    shared_.spec = SpecOf(*query, grid, *call.function, matrix.range_ms, matrix.time);
    if (matrix.anchored) shared_.spec.borders = WindowBorders::kAnchored;
    if (matrix.smoothed) shared_.spec.borders = WindowBorders::kSmoothed;
    shared_.spec.histogram_stats = matrix.histogram_stats;
    shared_.position = call.children.front()->position;
    shared_.arguments = std::move(scalars);
  }

  Status Prepare() override {
    RETURN_IF_ERROR(shared_.arguments.Read());
    const std::string refusal = BordersError(*shared_.spec.function, shared_.spec.borders);
    if (!refusal.empty()) {
      return Error(absl::StatusCode::kFailedPrecondition, "{}", refusal);
    }
    return absl::OkStatus();
  }
  TimeRange ReadRange() const override { return RangeEvaluator(shared_.spec).ReadRange(); }
  ReadOptions Wanted() const override {
    return {.starts = query_->use_start_timestamps && shared_.spec.function->uses_starts};
  }
  OutputSeries Map(LabelSet labels) override {
    OutputSeries series{std::move(labels), false};
    shared_.metric_names.emplace_back(series.labels.Get(kMetricName));
    return shared_.spec.function->keeps_name ? series : DropName(*query_, series);
  }
  std::unique_ptr<LeafWorker> NewWorker(SampleCounter* counter, Annotations* annotations) override {
    RangeSpec spec = shared_.spec;
    spec.per_step_samples = counter->by_step();
    return std::make_unique<MatrixWorker>(&shared_, spec, &query_->budget, counter, annotations);
  }

 private:
  QueryContext* query_;
  MatrixShared shared_;
};

// A subquery may leave samples out or give one several times: what hints say of a sample's predecessor does not hold.
HistogramPtr WithoutResetHint(HistogramPtr histogram) {
  if (histogram->hint == ResetHint::kGauge || histogram->hint == ResetHint::kUnknown) {
    return histogram;
  }
  FloatHistogram unhinted = *histogram;
  unhinted.hint = ResetHint::kUnknown;
  return std::make_shared<const FloatHistogram>(std::move(unhinted));
}

class SubqueryFunction : public MapOperator {
 public:
  SubqueryFunction(QueryContext* query, const StepGrid& grid, const plan::CallPlan& call,
                   const plan::SubqueryPlan& subquery, OperatorPtr child, ScalarArguments scalars,
                   SampleCounter* counter)
      : MapOperator(query, grid, std::move(child), RangePolicy(*query, *call.function)),
        function_(*call.function),
        position_(PositionOf(*call.children.front())),
        evaluator_(CountingSpec(*query, grid, function_, subquery, *counter)),
        arguments_(std::move(scalars)),
        counter_(counter),
        annotations_(query->NewAnnotations()) {}

 protected:
  Status Prepare() override { return arguments_.Read(); }

  OutputSeries Map(const OutputSeries& series, size_t /*place*/) override {
    return function_.keeps_name ? series : WithoutName(series);
  }

  Status Transform(size_t place, Column* column) override {
    times_.clear();
    values_.clear();
    histogram_times_.clear();
    histograms_.clear();
    for (size_t step = 0; step < column->steps(); ++step) {
      if (!column->present.Test(step)) continue;
      if (column->HistogramAt(step) != nullptr) {
        histogram_times_.push_back(child().grid().At(step));
        histograms_.push_back(WithoutResetHint(std::move(column->histograms[step])));
      } else {
        times_.push_back(child().grid().At(step));
        values_.push_back(column->floats[step]);
      }
    }
    if (histograms_.empty()) {
      RETURN_IF_ERROR(evaluator_.Evaluate(times_, values_, arguments_.values(), column));
    } else {
      const MixedSamples samples{{times_, values_}, histogram_times_, histograms_};
      RETURN_IF_ERROR(evaluator_.Evaluate(samples, arguments_.values(), column));
    }
    RETURN_IF_ERROR(budget()->Touch(times_.size() + histograms_.size()));
    const std::string_view metric_name = child().series()[place].labels.Get(kMetricName);
    evaluator_.Annotate(metric_name, position_, annotations_);
    if (evaluator_.MayBeNoCounter(*column, metric_name)) {
      non_counters_.Note(metric_name, position_, annotations_);
    }
    return absl::OkStatus();
  }

  void Finish() override { counter_->AddCovered(evaluator_.samples().covered); }

 private:
  // Upstream gives a subquery no position of its own: what is said of it points at the query's start.
  static PositionRange PositionOf(const plan::PlanNode& first) {
    return first.kind() == plan::PlanKind::kSubquery ? PositionRange{} : first.position;
  }

  static RangeSpec CountingSpec(const QueryContext& query, const StepGrid& grid,
                                const FunctionInfo& function, const plan::SubqueryPlan& subquery,
                                const SampleCounter& counter) {
    RangeSpec spec = SpecOf(query, grid, function, subquery.range_ms, subquery.time);
    spec.per_step_samples = counter.by_step();
    return spec;
  }

  const FunctionInfo& function_;
  const PositionRange position_;
  RangeEvaluator evaluator_;
  ScalarArguments arguments_;
  SampleCounter* counter_;
  Annotations* annotations_;
  NonCounterNotes non_counters_;
  std::vector<TimestampMs> times_;
  std::vector<double> values_;
  std::vector<TimestampMs> histogram_times_;
  std::vector<HistogramPtr> histograms_;
};

}  // namespace

OperatorPtr NewMatrixFunction(QueryContext* query, const StepGrid& grid, const plan::CallPlan& call,
                              const plan::MatrixPlan& matrix, ScalarArguments scalars,
                              SampleCounter* counter) {
  return std::make_unique<LeafOperator>(
      query, grid, matrix.matchers, counter, RangePolicy(*query, *call.function),
      std::make_unique<MatrixLeaf>(query, grid, call, matrix, std::move(scalars)));
}

bool SubqueryGrid(const plan::SubqueryPlan& subquery, const StepGrid& grid, StepGrid* child_grid) {
  const TimestampMs first = subquery.time.Apply(grid.start_ms);
  const TimestampMs last = subquery.time.Apply(grid.At(grid.steps() - 1));
  const TimestampMs border = plan::SaturatingSub(first, subquery.range_ms);
  const int64_t step = subquery.step_ms;
  // The first multiple of the step after the border, which itself lies outside of the range.
  TimestampMs start = border / step * step;
  if (start <= border) start = plan::SaturatingAdd(start, step);
  if (start > last) return false;
  *child_grid = {start, last, step};
  return true;
}

OperatorPtr NewSubqueryFunction(QueryContext* query, const StepGrid& grid,
                                const plan::CallPlan& call, const plan::SubqueryPlan& subquery,
                                OperatorPtr child, ScalarArguments scalars,
                                SampleCounter* counter) {
  return std::make_unique<SubqueryFunction>(query, grid, call, subquery, std::move(child),
                                            std::move(scalars), counter);
}

}  // namespace silverback::exec

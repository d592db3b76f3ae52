#include "query/exec/vector_selector.h"

#include <utility>

#include "query/exec/label_ops.h"
#include "query/exec/leaf_operator.h"
#include "query/exec/map_operator.h"
#include "query/windows/instant_evaluator.h"

namespace silverback::exec {
namespace {

// What the parallel evaluation of a selector shares.
struct SelectorShared {
  InstantSpec spec;
  PositionRange position;
  bool floats_only = false;      // of info(): native histograms are an error
  std::vector<LabelSet> labels;  // by place, where they are needed: for errors and annotations
};

class SelectorWorker : public LeafWorker {
 public:
  SelectorWorker(const SelectorShared* shared, const InstantSpec& spec, SampleCounter* counter,
                 Annotations* annotations)
      : shared_(shared), evaluator_(spec), counter_(counter), annotations_(annotations) {}

  Status Evaluate(const SeriesRuns& series, size_t place, Column* out) override {
    evaluator_.Evaluate(series, out);
    if (shared_->floats_only && evaluator_.answered_histograms()) {
      return Error(absl::StatusCode::kFailedPrecondition,
                   "this should be an info metric, with float samples: {}",
                   LabelsText(shared_->labels[place]));
    }
    if (shared_->spec.smoothed) {
      evaluator_.Annotate(shared_->labels[place].Get(kMetricName), shared_->position,
                          &own_annotations_);
    }
    return absl::OkStatus();
  }
  size_t memory_bytes() const override { return evaluator_.memory_bytes(); }
  void Finish() override {
    counter_->Add(evaluator_.samples());
    annotations_->Merge(own_annotations_);
  }

 private:
  const SelectorShared* shared_;
  InstantEvaluator evaluator_;
  SampleCounter* counter_;
  Annotations* annotations_;
  Annotations own_annotations_;
};

class VectorLeaf : public Leaf {
 public:
  VectorLeaf(QueryContext* query, const StepGrid& grid, const plan::SelectorPlan& plan,
             InstantAnswer answer, bool keep_names)
      : query_(query), keep_names_(keep_names) {
    InstantSpec& spec = shared_.spec;
    spec.grid = grid;
    spec.lookback_ms = query->lookback_ms;
    spec.offset_ms = plan.time.offset_ms;
    spec.at_ms = plan.time.at_ms;
    spec.answer = answer;
    spec.smoothed = plan.smoothed && answer == InstantAnswer::kValue;
    spec.histogram_stats = plan.histogram_stats;
    shared_.position = plan.position;
    shared_.floats_only = answer == InstantAnswer::kTime && keep_names;
  }

  TimeRange ReadRange() const override { return InstantEvaluator(shared_.spec).ReadRange(); }
  ReadOptions Wanted() const override {
    return {.starts = shared_.spec.answer == InstantAnswer::kStart};
  }
  OutputSeries Map(LabelSet labels) override {
    if (shared_.floats_only || shared_.spec.smoothed) shared_.labels.push_back(labels);
    OutputSeries series{std::move(labels), false};
    return keep_names_ ? series : DropName(*query_, series);
  }
  std::unique_ptr<LeafWorker> NewWorker(SampleCounter* counter, Annotations* annotations) override {
    InstantSpec spec = shared_.spec;
    spec.per_step_samples = counter->by_step();
    return std::make_unique<SelectorWorker>(&shared_, spec, counter, annotations);
  }

 private:
  const QueryContext* query_;
  const bool keep_names_;
  SelectorShared shared_;
};

OperatorPtr NewSelector(QueryContext* query, const StepGrid& grid, const plan::SelectorPlan& plan,
                        SampleCounter* counter, InstantAnswer answer, bool keep_names) {
  return std::make_unique<LeafOperator>(
      query, grid, plan.matchers, counter,
      keep_names ? SeriesMerger::Policy::kKeepApart : MergePolicy(*query),
      std::make_unique<VectorLeaf>(query, grid, plan, answer, keep_names));
}

}  // namespace

OperatorPtr NewVectorSelector(QueryContext* query, const StepGrid& grid,
                              const plan::SelectorPlan& plan, SampleCounter* counter) {
  const auto answer = plan.presence ? InstantAnswer::kPresence : InstantAnswer::kValue;
  return NewSelector(query, grid, plan, counter, answer, /*keep_names=*/true);
}

OperatorPtr NewStartSelector(QueryContext* query, const StepGrid& grid,
                             const plan::SelectorPlan& plan, SampleCounter* counter) {
  return NewSelector(query, grid, plan, counter, InstantAnswer::kStart, /*keep_names=*/false);
}

OperatorPtr NewTimestampSelector(QueryContext* query, const StepGrid& grid,
                                 const plan::SelectorPlan& plan, SampleCounter* counter) {
  return NewSelector(query, grid, plan, counter, InstantAnswer::kTime, /*keep_names=*/false);
}

OperatorPtr NewInfoTimes(QueryContext* query, const StepGrid& grid, const plan::SelectorPlan& plan,
                         SampleCounter* counter) {
  return NewSelector(query, grid, plan, counter, InstantAnswer::kTime, /*keep_names=*/true);
}

}  // namespace silverback::exec

#include "query/exec/vector_selector.h"

#include <utility>

#include "query/exec/map_operator.h"
#include "query/windows/instant_evaluator.h"

namespace silverback::exec {
namespace {

class SelectorWorker : public LeafWorker {
 public:
  SelectorWorker(const InstantSpec& spec, SampleCounter* counter)
      : evaluator_(spec), counter_(counter) {}

  Status Evaluate(const SeriesRuns& series, size_t /*place*/, Column* out) override {
    evaluator_.Evaluate(series, out);
    return absl::OkStatus();
  }
  size_t memory_bytes() const override { return evaluator_.memory_bytes(); }
  void Finish() override {
    counter_->Add(evaluator_.samples_covered(), evaluator_.samples_per_step());
  }

 private:
  InstantEvaluator evaluator_;
  SampleCounter* counter_;
};

class VectorSelector : public LeafOperator {
 public:
  VectorSelector(QueryContext* query, const StepGrid& grid, const plan::SelectorPlan& plan,
                 SampleCounter* counter, bool timestamps, bool keep_names)
      : LeafOperator(query, grid, plan.matchers, counter,
                     keep_names ? SeriesMerger::Policy::kKeepApart : MergePolicy(*query)),
        keep_names_(keep_names) {
    spec_.grid = grid;
    spec_.lookback_ms = query->lookback_ms;
    spec_.offset_ms = plan.time.offset_ms;
    spec_.at_ms = plan.time.at_ms;
    spec_.timestamps = timestamps;
    spec_.smoothed = plan.smoothed;
    spec_.per_step_samples = query->per_step_statistics;
  }

 protected:
  TimeRange ReadRange() const override { return InstantEvaluator(spec_).ReadRange(); }
  OutputSeries Map(LabelSet labels) override {
    OutputSeries series{std::move(labels), false};
    return keep_names_ ? series : DropName(*query(), series);
  }
  std::unique_ptr<LeafWorker> NewWorker() override {
    return std::make_unique<SelectorWorker>(spec_, counter());
  }

 private:
  const bool keep_names_;
  InstantSpec spec_;
};

}  // namespace

OperatorPtr NewVectorSelector(QueryContext* query, const StepGrid& grid,
                              const plan::SelectorPlan& plan, SampleCounter* counter) {
  return std::make_unique<VectorSelector>(query, grid, plan, counter, /*timestamps=*/false,
                                          /*keep_names=*/true);
}

OperatorPtr NewTimestampSelector(QueryContext* query, const StepGrid& grid,
                                 const plan::SelectorPlan& plan, SampleCounter* counter) {
  return std::make_unique<VectorSelector>(query, grid, plan, counter, /*timestamps=*/true,
                                          /*keep_names=*/false);
}

OperatorPtr NewInfoTimes(QueryContext* query, const StepGrid& grid, const plan::SelectorPlan& plan,
                         SampleCounter* counter) {
  return std::make_unique<VectorSelector>(query, grid, plan, counter, /*timestamps=*/true,
                                          /*keep_names=*/true);
}

}  // namespace silverback::exec

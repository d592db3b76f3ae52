#include "query/exec/vector_functions.h"

#include <utility>

#include "query/exec/map_operator.h"
#include "query/model/float_histogram.h"

namespace silverback::exec {
namespace {

// A function of values whose result has no metric name.
class NamelessMap : public MapOperator {
 protected:
  NamelessMap(QueryContext* query, const StepGrid& grid, OperatorPtr child)
      : MapOperator(query, grid, std::move(child), MergePolicy(*query)) {}
  OutputSeries Map(const OutputSeries& series, size_t /*place*/) final {
    return WithoutName(series);
  }
};

class Elementwise : public NamelessMap {
 public:
  Elementwise(QueryContext* query, const StepGrid& grid, ElementwiseKernel kernel,
              OperatorPtr child, ScalarArguments arguments)
      : NamelessMap(query, grid, std::move(child)),
        kernel_(kernel),
        arguments_(std::move(arguments)) {}

 protected:
  // Scalars come after the vector in every such function, but upstream's order of evaluation does not show: neither
  // side can see what the other does.
  Status Prepare() override { return arguments_.Read(); }
  Status Transform(size_t /*place*/, Column* column) override {
    column->DropHistograms();  // no input of functions of floats
    kernel_(column, arguments_.values());
    return absl::OkStatus();
  }

 private:
  ElementwiseKernel kernel_;
  ScalarArguments arguments_;
};

class Date : public NamelessMap {
 public:
  Date(QueryContext* query, const StepGrid& grid, DateKernel kernel, OperatorPtr child)
      : NamelessMap(query, grid, std::move(child)), kernel_(kernel) {}

 protected:
  Status Transform(size_t /*place*/, Column* column) override {
    column->DropHistograms();
    for (size_t step = 0; step < column->steps(); ++step) {
      if (column->present.Test(step)) column->floats[step] = kernel_(column->floats[step]);
    }
    return absl::OkStatus();
  }

 private:
  DateKernel kernel_;
};

class StepTimestamp : public NamelessMap {
 public:
  StepTimestamp(QueryContext* query, const StepGrid& grid, OperatorPtr child)
      : NamelessMap(query, grid, std::move(child)) {}

 protected:
  Status Transform(size_t /*place*/, Column* column) override {
    column->histograms.clear();
    for (size_t step = 0; step < column->steps(); ++step) {
      column->floats[step] = static_cast<double>(grid().At(step)) / 1000;
    }
    return absl::OkStatus();
  }
};

class Negate : public NamelessMap {
 public:
  Negate(QueryContext* query, const StepGrid& grid, OperatorPtr child)
      : NamelessMap(query, grid, std::move(child)) {}

 protected:
  Status Transform(size_t /*place*/, Column* column) override {
    for (double& value : column->floats) value = -value;
    for (HistogramPtr& histogram : column->histograms) {
      if (histogram == nullptr) continue;
      FloatHistogram negated = *histogram;
      negated.Multiply(-1);
      histogram = std::make_shared<const FloatHistogram>(std::move(negated));
    }
    return absl::OkStatus();
  }
};

class HistogramNumber : public NamelessMap {
 public:
  HistogramNumber(QueryContext* query, const StepGrid& grid, HistogramKernel kernel,
                  OperatorPtr child)
      : NamelessMap(query, grid, std::move(child)), kernel_(kernel) {}

 protected:
  Status Transform(size_t /*place*/, Column* column) override {
    for (size_t step = 0; step < column->steps(); ++step) {
      if (const FloatHistogram* histogram = column->HistogramAt(step)) {
        column->floats[step] = kernel_(*histogram);
      } else {
        column->present.Clear(step);
      }
    }
    column->histograms.clear();
    return absl::OkStatus();
  }

 private:
  HistogramKernel kernel_;
};

class Nothing : public NamelessMap {
 public:
  Nothing(QueryContext* query, const StepGrid& grid, OperatorPtr child)
      : NamelessMap(query, grid, std::move(child)) {}

 protected:
  Status Transform(size_t /*place*/, Column* column) override {
    column->Reset(column->steps());
    return absl::OkStatus();
  }
};

// label_replace() and label_join(): values stay. A name that is set is there to stay.
template <typename Relabel>
class RelabelMap : public MapOperator {
 public:
  RelabelMap(QueryContext* query, const StepGrid& grid, OperatorPtr child, Relabel relabel)
      : MapOperator(query, grid, std::move(child), SeriesMerger::Policy::kMergeSteps),
        relabel_(std::move(relabel)) {}

 protected:
  OutputSeries Map(const OutputSeries& series, size_t /*place*/) override {
    bool changed = true;
    LabelSet labels = Apply(series.labels, &changed);
    const bool sets_name = changed && relabel_.destination() == kMetricName;
    return {std::move(labels), series.drop_name && !sets_name};
  }
  Status Transform(size_t /*place*/, Column* /*column*/) override { return absl::OkStatus(); }

 private:
  LabelSet Apply(const LabelSet& labels, bool* changed) const {
    if constexpr (std::is_same_v<Relabel, LabelReplacer>) {
      return relabel_.Apply(labels, changed);
    } else {
      return relabel_.Apply(labels);
    }
  }
  Relabel relabel_;
};

class Empty : public Operator {
 public:
  using Operator::Operator;
  Status Open() override { return absl::OkStatus(); }
  StatusOr<bool> Next(SeriesColumn* /*out*/) override { return false; }
  bool ascending() const override { return true; }
};

class StepInvariant : public MapOperator {
 public:
  StepInvariant(QueryContext* query, const StepGrid& grid, OperatorPtr child)
      : MapOperator(query, grid, std::move(child), SeriesMerger::Policy::kKeepApart) {}

 protected:
  OutputSeries Map(const OutputSeries& series, size_t /*place*/) override { return series; }
  Status Transform(size_t /*place*/, Column* column) override {
    const bool present = column->present.Test(0);
    const double value = column->floats[0];
    const std::shared_ptr<const FloatHistogram> histogram =
        column->histograms.empty() ? nullptr : column->histograms[0];
    column->Reset(steps());
    if (!present) return absl::OkStatus();
    column->floats.assign(steps(), value);
    column->present.SetAll();
    if (histogram != nullptr) column->histograms.assign(steps(), histogram);
    return absl::OkStatus();
  }
};

}  // namespace

OperatorPtr NewElementwise(QueryContext* query, const StepGrid& grid, const FunctionInfo& function,
                           OperatorPtr child, ScalarArguments arguments) {
  return std::make_unique<Elementwise>(query, grid, function.elementwise, std::move(child),
                                       std::move(arguments));
}

OperatorPtr NewDate(QueryContext* query, const StepGrid& grid, const FunctionInfo& function,
                    OperatorPtr child) {
  return std::make_unique<Date>(query, grid, function.date, std::move(child));
}

OperatorPtr NewStepTimestamp(QueryContext* query, const StepGrid& grid, OperatorPtr child) {
  return std::make_unique<StepTimestamp>(query, grid, std::move(child));
}

OperatorPtr NewNegate(QueryContext* query, const StepGrid& grid, OperatorPtr child) {
  return std::make_unique<Negate>(query, grid, std::move(child));
}

OperatorPtr NewLabelReplace(QueryContext* query, const StepGrid& grid, OperatorPtr child,
                            LabelReplacer replacer) {
  return std::make_unique<RelabelMap<LabelReplacer>>(query, grid, std::move(child),
                                                     std::move(replacer));
}

OperatorPtr NewLabelJoin(QueryContext* query, const StepGrid& grid, OperatorPtr child,
                         LabelJoiner joiner) {
  return std::make_unique<RelabelMap<LabelJoiner>>(query, grid, std::move(child),
                                                   std::move(joiner));
}

OperatorPtr NewHistogramNumber(QueryContext* query, const StepGrid& grid,
                               const FunctionInfo& function, OperatorPtr child) {
  return std::make_unique<HistogramNumber>(query, grid, function.histogram, std::move(child));
}

OperatorPtr NewNothing(QueryContext* query, const StepGrid& grid, OperatorPtr child) {
  return std::make_unique<Nothing>(query, grid, std::move(child));
}

OperatorPtr NewEmpty(QueryContext* query, const StepGrid& grid) {
  return std::make_unique<Empty>(query, grid);
}

OperatorPtr NewStepInvariant(QueryContext* query, const StepGrid& grid, OperatorPtr child) {
  return std::make_unique<StepInvariant>(query, grid, std::move(child));
}

}  // namespace silverback::exec

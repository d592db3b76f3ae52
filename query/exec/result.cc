#include "query/exec/result.h"

#include <algorithm>
#include <utility>

#include "engine/labels/label_order.h"
#include "query/exec/operator_builder.h"
#include "query/exec/raw_selector.h"
#include "query/exec/series_merger.h"
#include "query/functions/label_functions.h"

namespace silverback::exec {
namespace {

using syntax::ValueType;

// All series of `op` that have values, in its order, names dropped that are to be dropped in the end.
StatusOr<std::vector<MatrixSeries>> Gather(QueryContext* query, Operator* op, BudgetShare* share) {
  RETURN_IF_ERROR(op->Open());
  std::vector<OutputSeries> inputs = op->series();
  if (query->delayed_name_removal) {
    for (OutputSeries& series : inputs) {
      if (series.drop_name) series.labels = DropMetricLabels(series.labels);
    }
  }
  SeriesMerger merger(SeriesMerger::Policy::kMergeSteps, &query->budget);
  ASSIGN_OR_RETURN(const std::vector<OutputSeries> outputs, merger.SetInputs(std::move(inputs)));
  std::vector<SeriesColumn> columns;
  while (true) {
    SeriesColumn column;
    ASSIGN_OR_RETURN(const bool more, op->Next(&column));
    if (!more) break;
    ASSIGN_OR_RETURN(const bool finished, merger.Add(&column));
    if (!finished || !column.column.present.Any()) continue;
    RETURN_IF_ERROR(ChargeColumn(column.column, share));
    columns.push_back(std::move(column));
  }
  SeriesColumn merged;
  while (merger.NextMerged(&merged)) columns.push_back(std::move(merged));
  std::sort(columns.begin(), columns.end(),
            [](const SeriesColumn& a, const SeriesColumn& b) { return a.series < b.series; });
  std::vector<MatrixSeries> series;
  series.reserve(columns.size());
  for (SeriesColumn& column : columns) {
    series.push_back({outputs[column.series].labels, std::move(column.column)});
  }
  return series;
}

template <typename Series>
void SortSeries(std::vector<Series>* series) {
  SortByLabels(series, [](const Series& one) -> const LabelSet& { return one.labels; });
}

VectorResult ToVector(std::vector<MatrixSeries> series, TimestampMs time_ms) {
  VectorResult result;
  result.samples.reserve(series.size());
  for (MatrixSeries& one : series) {
    VectorSample sample{std::move(one.labels), time_ms, one.column.floats[0], nullptr};
    if (!one.column.histograms.empty()) sample.histogram = one.column.histograms[0];
    result.samples.push_back(std::move(sample));
  }
  return result;
}

}  // namespace

StatusOr<ResultValue> ExecutePlan(QueryContext* query, const plan::PlanNode& plan,
                                  const StepGrid& grid, bool instant, SampleCounter* counter) {
  if (const auto* text = plan::DynAs<plan::StringPlan>(&plan)) {
    return ResultValue(StringResult{grid.start_ms, text->value});
  }
  BudgetShare share(&query->budget);
  if (plan.type == ValueType::kMatrix) {
    ASSIGN_OR_RETURN(std::vector<RawSeries> raw, EvaluateRange(query, plan, grid, counter, &share));
    SortSeries(&raw);
    return ResultValue(RawMatrixResult{std::move(raw)});
  }
  ASSIGN_OR_RETURN(const OperatorPtr op, BuildOperator(query, plan, grid, counter));
  ASSIGN_OR_RETURN(std::vector<MatrixSeries> series, Gather(query, op.get(), &share));
  if (!instant) {
    SortSeries(&series);
    return ResultValue(MatrixResult{grid, std::move(series)});
  }
  if (plan.type == ValueType::kScalar) {
    return ResultValue(ScalarResult{grid.start_ms, series.at(0).column.floats[0]});
  }
  return ResultValue(ToVector(std::move(series), grid.start_ms));
}

}  // namespace silverback::exec

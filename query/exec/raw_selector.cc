#include "query/exec/raw_selector.h"

#include <atomic>
#include <utility>

#include "query/exec/leaf_cursor.h"
#include "query/exec/leaf_scan.h"
#include "query/exec/operator_builder.h"
#include "query/exec/range_function.h"
#include "query/windows/raw_window.h"

namespace silverback::exec {
namespace {

Status ChargeRaw(const RawSeries& series, BudgetShare* share, uint64_t* samples) {
  uint64_t bytes = series.labels.encoded().size() + series.samples.size() * sizeof(Sample);
  *samples = series.samples.size();
  for (const HistogramPoint& point : series.histograms) {
    bytes += sizeof point + point.histogram->memory_bytes();
    *samples += point.histogram->equivalent_samples();
  }
  return share->Grow(bytes, *samples);
}

StatusOr<std::vector<RawSeries>> EvaluateMatrix(QueryContext* query, const plan::MatrixPlan& matrix,
                                                TimestampMs step_ms, SampleCounter* counter,
                                                BudgetShare* share) {
  const TimestampMs end = matrix.time.Apply(step_ms);
  const TimestampMs start = plan::SaturatingSub(end, matrix.range_ms);
  WindowBorders borders = WindowBorders::kPlain;
  TimeRange range{plan::SaturatingAdd(start, 1), end};
  if (matrix.anchored || matrix.smoothed) {
    borders = matrix.anchored ? WindowBorders::kAnchored : WindowBorders::kSmoothed;
    range.min_ms = plan::SaturatingSub(start, query->lookback_ms - 1);
    if (matrix.smoothed) range.max_ms = plan::SaturatingAdd(end, query->lookback_ms);
  }
  std::vector<LabelSet> labels;
  ASSIGN_OR_RETURN(const LeafSelection selection,
                   SelectSeries(query, matrix.matchers, range, &labels));
  std::atomic<bool> widened = false;
  LeafCursor cursor(query->view, selection.handles, {range, query->lookback_ms, {}}, &widened);
  std::vector<RawSeries> result;
  SeriesRuns runs;
  for (size_t i = 0;; ++i) {
    RETURN_IF_ERROR(query->budget.Check());
    ASSIGN_OR_RETURN(const bool more, cursor.Next(&runs));
    if (!more) break;
    RawSeries series{std::move(labels[i]),
                     CollectWindow(runs, start, end, borders, query->lookback_ms),
                     CollectHistograms(runs, range.min_ms - 1, range.max_ms)};
    if (borders != WindowBorders::kPlain && !series.histograms.empty()) {
      return Error(absl::StatusCode::kFailedPrecondition,
                   "{} modifier is not supported with histograms",
                   matrix.anchored ? "anchored" : "smoothed");
    }
    if (series.samples.empty() && series.histograms.empty()) continue;
    uint64_t samples = 0;
    RETURN_IF_ERROR(ChargeRaw(series, share, &samples));
    QuerySamples counted;
    if (counter->by_step()) counted.CountSteps(1);
    counted.AddBoth(0, samples);
    counter->Add(counted);
    result.push_back(std::move(series));
  }
  Annotations* annotations = query->NewAnnotations();
  for (const ReadLoss& loss : cursor.losses()) annotations->Add(LossWarning(loss));
  return result;
}

StatusOr<std::vector<RawSeries>> EvaluateSubquery(QueryContext* query,
                                                  const plan::SubqueryPlan& subquery,
                                                  const StepGrid& grid, SampleCounter* counter,
                                                  BudgetShare* share) {
  std::vector<RawSeries> result;
  StepGrid child_grid;
  if (!SubqueryGrid(subquery, grid, &child_grid)) return result;
  SampleCounter* child_counter =
      query->NewCounter(counter, SampleCounter::Relation::kLastStep, child_grid);
  ASSIGN_OR_RETURN(const OperatorPtr child,
                   BuildOperator(query, *subquery.children[0], child_grid, child_counter));
  RETURN_IF_ERROR(child->Open());
  SeriesColumn column;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, child->Next(&column));
    if (!more) return result;
    RETURN_IF_ERROR(query->budget.Check());
    RawSeries series{child->series()[column.series].labels, {}, {}};
    for (size_t step = 0; step < column.column.steps(); ++step) {
      if (!column.column.present.Test(step)) continue;
      if (column.column.HistogramAt(step) != nullptr) {
        series.histograms.push_back({child_grid.At(step), column.column.histograms[step]});
      } else {
        series.samples.push_back({child_grid.At(step), column.column.floats[step]});
      }
    }
    if (series.samples.empty() && series.histograms.empty()) continue;
    uint64_t samples = 0;
    RETURN_IF_ERROR(ChargeRaw(series, share, &samples));
    result.push_back(std::move(series));
  }
}

}  // namespace

StatusOr<std::vector<RawSeries>> EvaluateRange(QueryContext* query, const plan::PlanNode& plan,
                                               const StepGrid& grid, SampleCounter* counter,
                                               BudgetShare* share) {
  if (const auto* matrix = plan::DynAs<plan::MatrixPlan>(&plan)) {
    return EvaluateMatrix(query, *matrix, grid.start_ms, counter, share);
  }
  return EvaluateSubquery(query, plan::As<plan::SubqueryPlan>(plan), grid, counter, share);
}

}  // namespace silverback::exec

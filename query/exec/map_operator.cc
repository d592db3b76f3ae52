#include "query/exec/map_operator.h"

#include "query/functions/label_functions.h"

namespace silverback::exec {

OutputSeries DropName(const QueryContext& query, const OutputSeries& series) {
  if (query.delayed_name_removal) return {series.labels, true};
  return {DropMetricLabels(series.labels), false};
}

OutputSeries MapOperator::WithoutName(const OutputSeries& series) const {
  return DropName(*query(), series);
}

Status MapOperator::Open() {
  RETURN_IF_ERROR(Prepare());
  RETURN_IF_ERROR(child_->Open());
  std::vector<OutputSeries> mapped;
  mapped.reserve(child_->series().size());
  for (size_t i = 0; i < child_->series().size(); ++i) {
    mapped.push_back(Map(child_->series()[i], i));
  }
  ASSIGN_OR_RETURN(series_, merger_.SetInputs(std::move(mapped)));
  return absl::OkStatus();
}

StatusOr<bool> MapOperator::Next(SeriesColumn* out) {
  while (!child_done_) {
    ASSIGN_OR_RETURN(const bool more, child_->Next(out));
    if (!more) {
      child_done_ = true;
      Finish();
      break;
    }
    RETURN_IF_ERROR(budget()->Check());
    RETURN_IF_ERROR(Transform(out->series, &out->column));
    ASSIGN_OR_RETURN(const bool finished, merger_.Add(out));
    if (finished) return true;
  }
  return merger_.NextMerged(out);
}

}  // namespace silverback::exec

#include "query/exec/leaf_operator.h"

namespace silverback::exec {

Status LeafOperator::Open() {
  RETURN_IF_ERROR(leaf_->Prepare());
  std::vector<LabelSet> labels;
  ASSIGN_OR_RETURN(selection_, SelectSeries(query(), matchers_, leaf_->ReadRange(), &labels));
  selection_.options = leaf_->Wanted();
  selection_.options.cache = query()->view->CacheFor(selection_.handles, selection_.range);
  uint64_t bytes = labels.size() * (sizeof(OutputSeries) + sizeof(SeriesHandle));
  for (const LabelSet& set : labels) bytes += set.encoded().size();
  RETURN_IF_ERROR(share_.Grow(bytes));

  std::vector<OutputSeries> mapped;
  mapped.reserve(labels.size());
  for (LabelSet& set : labels) mapped.push_back(leaf_->Map(std::move(set)));
  ASSIGN_OR_RETURN(series_, merger_.SetInputs(std::move(mapped)));
  scan_.emplace(
      query(), &selection_, steps(), [this] { return leaf_->NewWorker(counter_, annotations_); },
      annotations_);
  return absl::OkStatus();
}

StatusOr<bool> LeafOperator::Next(SeriesColumn* out) {
  while (!scanned_) {
    ASSIGN_OR_RETURN(const bool more, scan_->Next(out));
    if (!more) {
      scanned_ = true;
      break;
    }
    ASSIGN_OR_RETURN(const bool finished, merger_.Add(out));
    if (finished) return true;
  }
  return merger_.NextMerged(out);
}

}  // namespace silverback::exec

#include "query/exec/leaf_cursor.h"

#include "query/windows/histogram_reader.h"
#include "query/windows/step_rows.h"

namespace silverback::exec {

Status LeafCursor::Open() {
  KeepLosses();
  wide_ = widened_->load(std::memory_order_relaxed);
  TimeRange range = spec_.range;
  if (wide_ && !range.empty()) range.min_ms = SaturatingSubtract(range.min_ms, spec_.margin_ms);
  ASSIGN_OR_RETURN(cursor_, view_->Read(series_.subspan(next_), range, spec_.options));
  return absl::OkStatus();
}

StatusOr<bool> LeafCursor::Next(SeriesRuns* out) {
  if (cursor_ == nullptr) RETURN_IF_ERROR(Open());
  ASSIGN_OR_RETURN(bool more, cursor_->Next(out));
  if (more && !wide_ && HaveHistograms(out->runs)) {
    widened_->store(true, std::memory_order_relaxed);
    RETURN_IF_ERROR(Open());
    ASSIGN_OR_RETURN(more, cursor_->Next(out));
  }
  ++next_;
  return more;
}

void LeafCursor::KeepLosses() {
  if (cursor_ == nullptr) return;
  for (const ReadLoss& loss : cursor_->losses()) losses_.push_back(loss);
  cursor_ = nullptr;
}

const std::vector<ReadLoss>& LeafCursor::losses() {
  KeepLosses();
  return losses_;
}

}  // namespace silverback::exec

#include "query/exec/operator.h"

#include "engine/base/check.h"

namespace silverback::exec {

StatusOr<std::vector<double>> ReadScalar(Operator* op) {
  RETURN_IF_ERROR(op->Open());
  SeriesColumn column;
  ASSIGN_OR_RETURN(const bool found, op->Next(&column));
  SB_CHECK(found);
  return std::move(column.column.floats);
}

StatusOr<std::vector<Column>> ReadAll(Operator* op, BudgetShare* share) {
  RETURN_IF_ERROR(op->Open());
  std::vector<Column> columns(op->series().size());
  RETURN_IF_ERROR(share->Grow(columns.size() * sizeof(Column)));
  while (true) {
    SeriesColumn next;
    ASSIGN_OR_RETURN(const bool more, op->Next(&next));
    if (!more) return columns;
    RETURN_IF_ERROR(ChargeColumn(next.column, share));
    columns[next.series] = std::move(next.column);
  }
}

Status ChargeColumn(const Column& column, BudgetShare* share) {
  return share->Grow(column.memory_bytes(),
                     column.HasHistograms() ? column.equivalent_samples() : column.present.Count());
}

void CopySteps(const Column& column, std::span<const uint64_t> mask, Column* target) {
  std::span<uint64_t> target_words = target->present.words();
  if (!column.histograms.empty() && target->histograms.empty()) {
    target->histograms.resize(target->steps());
  }
  for (size_t w = 0; w < target_words.size(); ++w) {
    uint64_t bits = mask[w] & column.present.words()[w];
    target_words[w] |= bits;
    for (; bits != 0; bits &= bits - 1) {
      const size_t step = w * 64 + static_cast<size_t>(std::countr_zero(bits));
      target->floats[step] = column.floats[step];
      if (!target->histograms.empty()) {
        target->histograms[step] = column.histograms.empty() ? nullptr : column.histograms[step];
      }
    }
  }
}

}  // namespace silverback::exec

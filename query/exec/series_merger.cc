#include "query/exec/series_merger.h"

#include <absl/container/flat_hash_map.h>
#include <string>
#include <utility>

#include "engine/base/hash.h"

namespace silverback::exec {

Status SameLabelSetError() {
  return Error(absl::StatusCode::kFailedPrecondition,
               "vector cannot contain metrics with the same labelset");
}

StatusOr<std::vector<OutputSeries>> SeriesMerger::SetInputs(std::vector<OutputSeries> inputs) {
  if (policy_ == Policy::kKeepApart) return inputs;
  absl::flat_hash_map<std::string_view, uint32_t, StringHash, StringEqual> output_by_labels;
  output_by_labels.reserve(inputs.size());
  uint64_t bytes = 0;
  uint32_t outputs = 0;
  std::vector<uint32_t> output_of(inputs.size());
  std::vector<uint32_t> uses;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::string& key = inputs[i].labels.encoded();
    const auto [it, inserted] = output_by_labels.try_emplace(key, outputs);
    output_of[i] = it->second;
    if (inserted) {
      ++outputs;
      uses.push_back(0);
    }
    ++uses[it->second];
    bytes += key.size();
  }
  RETURN_IF_ERROR(share_.Grow(bytes + inputs.size() * sizeof(OutputSeries)));
  if (outputs == inputs.size()) return inputs;

  output_of_ = std::move(output_of);
  merged_of_.assign(outputs, -1);
  std::vector<OutputSeries> series(outputs);
  std::vector<bool> set(outputs);
  for (size_t i = 0; i < inputs.size(); ++i) {
    const uint32_t output = output_of_[i];
    if (uses[output] > 1 && merged_of_[output] < 0) {
      merged_of_[output] = static_cast<int32_t>(merged_.size());
      merged_.push_back({output, {}});
    }
    if (!set[output]) series[output] = std::move(inputs[i]);
    set[output] = true;
  }
  return series;
}

StatusOr<bool> SeriesMerger::Add(SeriesColumn* column) {
  if (distinct()) return true;
  column->series = output_of_[column->series];
  const int32_t merged = merged_of_[column->series];
  if (merged < 0) return true;
  RETURN_IF_ERROR(Merge(column->column, static_cast<size_t>(merged)));
  return false;
}

Status SeriesMerger::Merge(const Column& column, size_t merged) {
  if (!column.present.Any()) return absl::OkStatus();
  Column& target = merged_[merged].column;
  if (target.steps() == 0) {
    target = column;
    return ChargeColumn(target, &share_);
  }
  if (policy_ == Policy::kRefuse) return SameLabelSetError();
  for (size_t w = 0; w < column.present.words().size(); ++w) {
    if ((column.present.words()[w] & target.present.words()[w]) != 0) return SameLabelSetError();
  }
  CopySteps(column, column.present.words(), &target);
  return share_.Grow(0, column.present.Count());
}

bool SeriesMerger::NextMerged(SeriesColumn* out) {
  for (; next_merged_ < merged_.size(); ++next_merged_) {
    SeriesColumn& merged = merged_[next_merged_];
    if (merged.column.steps() == 0) continue;
    out->series = merged.series;
    out->column = std::move(merged.column);
    ++next_merged_;
    return true;
  }
  return false;
}

}  // namespace silverback::exec

#include "query/exec/one_side.h"

#include <algorithm>
#include <bit>

#include "query/exec/label_ops.h"

namespace silverback::exec {

OneSide::OneSide(QueryContext* query, const syntax::VectorMatching& matching, OperatorPtr child,
                 std::string_view side)
    : query_(query),
      matching_(matching),
      child_(std::move(child)),
      side_(side),
      included_(LabelFilter::Keep(matching.include)),
      share_(&query->budget) {}

Status OneSide::SetSignatures(std::vector<uint32_t> signatures, uint32_t count) {
  signature_of_ = std::move(signatures);
  variants_.resize(count);
  series_count_.assign(count, 0);
  fill_.resize(count);
  presence_.resize(count);
  variant_of_.reserve(signature_of_.size());
  uint64_t bytes = count * (sizeof(variants_[0]) + sizeof(presence_[0]) + 32);
  std::string key;
  for (size_t i = 0; i < signature_of_.size(); ++i) {
    const LabelSet& labels = child_->series()[i].labels;
    included_.Encode(labels, &key);
    std::vector<OneSideVariant>& variants = variants_[signature_of_[i]];
    const auto found = std::find_if(variants.begin(), variants.end(),
                                    [&key](const OneSideVariant& v) { return v.key == key; });
    variant_of_.push_back(static_cast<uint32_t>(found - variants.begin()));
    if (found == variants.end()) {
      variants.push_back({key, labels, false, {}});
      bytes += sizeof(OneSideVariant) + key.size() + labels.encoded().size();
    }
    ++series_count_[signature_of_[i]];
  }
  return share_.Grow(bytes);
}

void OneSide::AddFill(uint32_t signature, const LabelSet& labels, double value) {
  fill_[signature] = value;
  std::vector<OneSideVariant>& variants = variants_[signature];
  // Without included labels a filled result has the labels of any other.
  if (!variants.empty() && matching_.include.empty()) return;
  variants.push_back({"", labels, true, {}});
}

Status OneSide::Read() {
  while (true) {
    SeriesColumn column;
    ASSIGN_OR_RETURN(const bool more, child_->Next(&column));
    if (!more) break;
    RETURN_IF_ERROR(query_->budget.Check());
    RETURN_IF_ERROR(AddColumn(std::move(column)));
  }
  ApplyFills();
  presence_ = {};
  return absl::OkStatus();
}

Status OneSide::AddColumn(SeriesColumn column) {
  const uint32_t signature = signature_of_[column.series];
  if (series_count_[signature] > 1) {
    FindDuplicates(static_cast<uint32_t>(column.series), signature, column.column.present);
    RETURN_IF_ERROR(share_.Grow(column.column.present.words().size_bytes()));
  }
  Column& target = variants_[signature][variant_of_[column.series]].column;
  if (target.steps() == 0) {
    target = std::move(column.column);
    return ChargeColumn(target, &share_);
  }
  CopySteps(column.column, column.column.present.words(), &target);
  return share_.Grow(0, column.column.present.Count());
}

void OneSide::FindDuplicates(uint32_t series, uint32_t signature, const StepMask& present) {
  for (const auto& [other, other_present] : presence_[signature]) {
    StepMask both = present;
    for (size_t w = 0; w < both.words().size(); ++w) both.words()[w] &= other_present.words()[w];
    if (both.Any()) duplicates_.push_back({other, series, std::move(both)});
  }
  presence_[signature].emplace_back(series, present);
}

// The fill value stands at every step at which the signature has no value: in the only variant there is, or in the one
// that was made for it.
void OneSide::ApplyFills() {
  const size_t steps = child_->steps();
  for (size_t signature = 0; signature < fill_.size(); ++signature) {
    if (!fill_[signature].has_value()) continue;
    std::vector<OneSideVariant>& variants = variants_[signature];
    StepMask present(steps);
    for (const OneSideVariant& variant : variants) {
      if (variant.column.steps() == 0) continue;
      for (size_t w = 0; w < present.words().size(); ++w) {
        present.words()[w] |= variant.column.present.words()[w];
      }
    }
    Column& target = variants.back().column;
    if (target.steps() == 0) target.Reset(steps);
    for (size_t step = 0; step < steps; ++step) {
      if (present.Test(step)) continue;
      target.Set(step, *fill_[signature]);
      if (target.HasHistograms()) target.histograms[step] = nullptr;
    }
  }
}

Status OneSide::DuplicateError(const StepMask& steps) const {
  const Duplicate* first = nullptr;
  size_t first_step = 0;
  for (const Duplicate& duplicate : duplicates_) {
    for (size_t w = 0; w < steps.words().size(); ++w) {
      const uint64_t word = duplicate.steps.words()[w] & steps.words()[w];
      if (word == 0) continue;
      const size_t step = w * 64 + static_cast<size_t>(std::countr_zero(word));
      if (first == nullptr || step < first_step) {
        first = &duplicate;
        first_step = step;
      }
      break;
    }
  }
  if (first == nullptr) return absl::OkStatus();
  const LabelSet& second_labels = child_->series()[first->second].labels;
  std::string one = LabelsText(child_->series()[first->first].labels);
  std::string other = LabelsText(second_labels);
  if (one > other) std::swap(one, other);
  return Error(absl::StatusCode::kFailedPrecondition,
               "found duplicate series for the match group {} on the {} hand-side of the "
               "operation: [{}, {}];many-to-many matching not allowed: matching labels must be "
               "unique on one side",
               LabelsText(MatchGroupLabels(second_labels, matching_)), side_, one, other);
}

}  // namespace silverback::exec

#include "query/exec/label_ops.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/coding.h"

namespace silverback::exec {

LabelFilter::LabelFilter(std::vector<std::string> names, bool keep)
    : names_(std::move(names)), keep_(keep) {
  std::sort(names_.begin(), names_.end());
}

LabelFilter LabelFilter::Keep(std::vector<std::string> names) {
  return {std::move(names), true};
}
LabelFilter LabelFilter::Drop(std::vector<std::string> names) {
  return {std::move(names), false};
}

bool LabelFilter::Keeps(std::string_view name) const {
  return std::binary_search(names_.begin(), names_.end(), name) == keep_;
}

void LabelFilter::Encode(const LabelSet& labels, std::string* key) const {
  key->clear();
  for (const Label& label : labels) {
    if (!Keeps(label.name)) continue;
    PutLengthPrefixed(key, label.name);
    PutLengthPrefixed(key, label.value);
  }
}

LabelSet LabelFilter::Apply(const LabelSet& labels) const {
  return labels.Filtered([this](std::string_view name) { return Keeps(name); });
}

LabelSet FromTrusted(std::string_view encoded) {
  StatusOr<LabelSet> labels = LabelSet::FromEncoded(encoded);
  SB_CHECK(labels.ok());
  return *std::move(labels);
}

std::string LabelsText(const LabelSet& labels) {
  std::string text = "{";
  for (const Label& label : labels) {
    if (text.size() > 1) text += ", ";
    text += IsPlainLabelName(label.name) ? std::string(label.name) : Quote(label.name);
    text += '=';
    text += Quote(label.value);
  }
  text += '}';
  return text;
}

LabelFilter GroupingFilter(const std::vector<std::string>& names, bool without) {
  if (!without) return LabelFilter::Keep(names);
  std::vector<std::string> dropped = names;
  dropped.emplace_back(kMetricName);
  return LabelFilter::Drop(std::move(dropped));
}

}  // namespace silverback::exec

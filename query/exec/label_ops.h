// Parts of label sets: what series are grouped and matched by.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/labels/label_set.h"

namespace silverback::exec {

inline constexpr std::string_view kBucketLabel = "le";

/// Chooses labels by name. Immutable.
class LabelFilter {
 public:
  /// Keeps the names given, or everything but them.
  static LabelFilter Keep(std::vector<std::string> names);
  static LabelFilter Drop(std::vector<std::string> names);

  /// The encoded form of the label set that is left of `labels`, which serves as key too. Replaces `*key`.
  void Encode(const LabelSet& labels, std::string* key) const;
  LabelSet Apply(const LabelSet& labels) const;
  bool Keeps(std::string_view name) const;

 private:
  LabelFilter(std::vector<std::string> names, bool keep);
  std::vector<std::string> names_;  // sorted
  bool keep_;
};

/// A label set from its encoded form, which is known to be well-formed.
LabelSet FromTrusted(std::string_view encoded);

/// `{__name__="up", job="a"}`: how error messages name a series.
std::string LabelsText(const LabelSet& labels);

/// What an aggregation groups by: the names in `by`, or all but those in `without` and the metric name.
LabelFilter GroupingFilter(const std::vector<std::string>& names, bool without);

}  // namespace silverback::exec

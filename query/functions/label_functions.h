// Functions of labels: label_replace, label_join, and the labels of absent().
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/labels/label_set.h"
#include "engine/labels/matcher.h"

namespace silverback {

/// label_replace(v, destination, replacement, source, regex). Immutable; safe for concurrent use.
class LabelReplacer {
 public:
  /// Errors (FailedPrecondition) as upstream words them: invalid regex, invalid destination name.
  static StatusOr<LabelReplacer> Create(std::string_view destination, std::string_view replacement,
                                        std::string_view source, std::string_view regex);
  ~LabelReplacer();
  LabelReplacer(LabelReplacer&&) noexcept;
  LabelReplacer& operator=(LabelReplacer&&) noexcept;

  /// The labels with the destination set where the regex matches the whole source value; else
  /// unchanged. Sets
  /// `*replaced` (may be null) to whether it matched.
  LabelSet Apply(const LabelSet& labels, bool* replaced = nullptr) const;
  const std::string& destination() const;

 private:
  struct Impl;
  explicit LabelReplacer(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

/// label_join(v, destination, separator, sources...).
class LabelJoiner {
 public:
  /// Errors (FailedPrecondition) as upstream words them: invalid names.
  static StatusOr<LabelJoiner> Create(std::string_view destination, std::string_view separator,
                                      std::vector<std::string> sources);
  LabelSet Apply(const LabelSet& labels) const;
  const std::string& destination() const { return destination_; }

 private:
  LabelJoiner(std::string destination, std::string separator, std::vector<std::string> sources);
  std::string destination_;
  std::string separator_;
  std::vector<std::string> sources_;
};

/// The labels of absent() and absent_over_time() over a plain selector: those that its matchers fix
/// to one value. Over any other expression they are empty.
LabelSet AbsentLabels(std::span<const Matcher> matchers);

/// Whether a label belongs to the metric, so that functions drop it from their result.
inline bool IsMetricLabel(std::string_view name) {
  return name == kMetricName || name == "__type__" || name == "__unit__";
}

/// `labels` without the labels that functions drop from their result: __name__, __type__, __unit__.
LabelSet DropMetricLabels(const LabelSet& labels);

}  // namespace silverback

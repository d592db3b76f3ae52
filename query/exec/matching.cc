#include "query/exec/matching.h"

#include <absl/container/flat_hash_map.h>
#include <string>

#include "engine/base/hash.h"

namespace silverback::exec {

LabelFilter SignatureFilter(const syntax::VectorMatching& matching) {
  return GroupingFilter(matching.labels, !matching.on);
}

LabelSet MatchGroupLabels(const LabelSet& labels, const syntax::VectorMatching& matching) {
  return SignatureFilter(matching).Apply(labels);
}

Signatures ComputeSignatures(const std::vector<OutputSeries>& left,
                             const std::vector<OutputSeries>& right,
                             const syntax::VectorMatching& matching) {
  const LabelFilter filter = SignatureFilter(matching);
  Signatures signatures;
  absl::flat_hash_map<std::string, uint32_t, StringHash, StringEqual> number_by_key;
  std::string key;
  const auto number = [&](const std::vector<OutputSeries>& series, std::vector<uint32_t>* out) {
    out->reserve(series.size());
    for (const OutputSeries& one : series) {
      filter.Encode(one.labels, &key);
      auto it = number_by_key.find(std::string_view(key));
      if (it == number_by_key.end()) it = number_by_key.emplace(key, signatures.count++).first;
      out->push_back(it->second);
    }
  };
  number(left, &signatures.left);
  number(right, &signatures.right);
  return signatures;
}

}  // namespace silverback::exec

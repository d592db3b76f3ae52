#include "query/exec/grouping.h"

#include <absl/container/flat_hash_map.h>

#include "engine/base/hash.h"

namespace silverback::exec {

Grouping GroupSeries(const std::vector<OutputSeries>& series, const LabelFilter& filter) {
  Grouping grouping;
  grouping.group_of.reserve(series.size());
  absl::flat_hash_map<std::string, uint32_t, StringHash, StringEqual> group_by_key;
  std::string key;
  for (const OutputSeries& member : series) {
    filter.Encode(member.labels, &key);
    auto it = group_by_key.find(std::string_view(key));
    if (it == group_by_key.end()) {
      it = group_by_key.emplace(key, static_cast<uint32_t>(grouping.groups.size())).first;
      grouping.groups.push_back({FromTrusted(key), false});
    }
    grouping.group_of.push_back(it->second);
    if (member.drop_name) grouping.groups[it->second].drop_name = true;
  }
  return grouping;
}

}  // namespace silverback::exec

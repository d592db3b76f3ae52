#include "query/api/tsdb_status.h"

#include <absl/container/flat_hash_map.h>
#include <algorithm>
#include <span>
#include <string_view>

#include "engine/base/hash.h"
#include "engine/labels/label_set.h"
#include "engine/labels/matcher.h"

namespace silverback {
namespace {

constexpr size_t kBatch = 4096;

template <typename V>
using StringMap = absl::flat_hash_map<std::string, V, StringHash, StringEqual>;

struct LabelCounts {
  StringMap<uint64_t> series_by_value;
  uint64_t bytes = 0;
};

/// What upstream's packed label sets take for a label: strings with a length of one byte, or four from 255 bytes on.
uint64_t LabelBytes(const Label& label) {
  const auto packed = [](std::string_view text) {
    return text.size() + (text.size() < 255 ? 1 : 4);
  };
  return packed(label.name) + packed(label.value);
}

void Count(StringMap<LabelCounts>* counts, const LabelSet& labels) {
  for (const Label& label : labels) {
    LabelCounts& of_name = counts->try_emplace(label.name).first->second;
    of_name.bytes += LabelBytes(label);
    ++of_name.series_by_value.try_emplace(label.value).first->second;
  }
}

Cardinality::Ranking Top(Cardinality::Ranking all, size_t limit) {
  const auto larger = [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  };
  const size_t kept = std::min(limit, all.size());
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(kept), all.end(),
                    larger);
  all.resize(kept);
  return all;
}

Cardinality Rank(const StringMap<LabelCounts>& counts, size_t limit) {
  Cardinality result;
  Cardinality::Ranking pairs;
  for (const auto& [name, of_name] : counts) {
    result.values_by_label.emplace_back(name, of_name.series_by_value.size());
    result.bytes_by_label.emplace_back(name, of_name.bytes);
    result.label_pairs += of_name.series_by_value.size();
    for (const auto& [value, series] : of_name.series_by_value) {
      pairs.emplace_back(name + "=" + value, series);
      if (name == kMetricName) result.series_by_metric.emplace_back(value, series);
    }
  }
  result.series_by_metric = Top(std::move(result.series_by_metric), limit);
  result.values_by_label = Top(std::move(result.values_by_label), limit);
  result.bytes_by_label = Top(std::move(result.bytes_by_label), limit);
  result.series_by_pair = Top(std::move(pairs), limit);
  return result;
}

}  // namespace

StatusOr<Cardinality> CountCardinality(const ReadView& view, TimeRange range, size_t limit,
                                       const std::atomic<bool>* cancelled) {
  ASSIGN_OR_RETURN(const std::vector<SeriesHandle> handles, view.Select({}, range, cancelled));
  StringMap<LabelCounts> counts;
  for (size_t begin = 0; begin < handles.size(); begin += kBatch) {
    if (cancelled != nullptr && *cancelled) return absl::CancelledError("request was canceled");
    const auto batch = std::span(handles).subspan(begin, std::min(kBatch, handles.size() - begin));
    ASSIGN_OR_RETURN(const std::vector<LabelSet> label_sets, view.LabelsOf(batch));
    for (const LabelSet& labels : label_sets) Count(&counts, labels);
  }
  Cardinality result = Rank(counts, limit);
  result.series = handles.size();
  return result;
}

}  // namespace silverback

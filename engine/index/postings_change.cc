#include "engine/index/postings_change.h"

#include <algorithm>

#include "engine/store/id_set.h"
#include "engine/store/keys.h"

namespace silverback {

void PostingsChange::AddTo(std::string_view name, std::string_view value, SeriesId series) {
  const auto high = static_cast<uint16_t>(series >> 16);
  rows_[keys::Postings(name, value, high)].push_back(static_cast<uint16_t>(series));
}

void PostingsChange::Add(SeriesId series, const LabelSet& labels) {
  AddTo("", "", series);
  for (const Label& label : labels) AddTo(label.name, label.value, series);
}

void PostingsChange::MergeInto(KvBatch* batch) const {
  for (const auto& [key, added] : rows_) {
    std::vector<uint16_t> ids = added;
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    batch->Merge(Family::kPostings, key, EncodeIds(ids));
  }
}

Status PostingsChange::RemoveFrom(const Kv& kv, KvBatch* batch) const {
  std::string value;
  for (const auto& [key, removed] : rows_) {
    const Status status = kv.Get(Family::kPostings, key, &value);
    if (absl::IsNotFound(status)) continue;
    RETURN_IF_ERROR(status);
    IdSet ids;
    if (!ids.Add(value)) return DataLoss("a row of postings is malformed");
    for (uint16_t id : removed) ids.RemoveId(id);
    if (ids.empty()) {
      batch->Delete(Family::kPostings, key);
    } else {
      batch->Put(Family::kPostings, key, ids.Encode());
    }
  }
  return absl::OkStatus();
}

}  // namespace silverback

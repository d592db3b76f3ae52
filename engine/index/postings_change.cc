#include "engine/index/postings_change.h"

#include <algorithm>

#include "engine/store/id_set.h"
#include "engine/store/id_set_rows.h"
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
  for (const auto& [key, removed] : rows_) {
    RETURN_IF_ERROR(RemoveIdsFromRow(kv, Family::kPostings, key, removed, batch));
  }
  return absl::OkStatus();
}

}  // namespace silverback

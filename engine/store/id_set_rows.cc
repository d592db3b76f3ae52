#include "engine/store/id_set_rows.h"

#include <string>
#include <vector>

#include "engine/store/id_set.h"

namespace silverback {

Status ForEachHalf(
    const SeriesBitmap& series,
    const std::function<Status(uint16_t high, std::span<const uint16_t> low)>& visit) {
  std::vector<uint32_t> ids(series.cardinality());
  series.toUint32Array(ids.data());
  std::vector<uint16_t> low;
  for (size_t at = 0; at < ids.size();) {
    const uint32_t high = ids[at] >> 16;
    low.clear();
    for (; at < ids.size() && ids[at] >> 16 == high; ++at) {
      low.push_back(static_cast<uint16_t>(ids[at]));
    }
    RETURN_IF_ERROR(visit(static_cast<uint16_t>(high), low));
  }
  return absl::OkStatus();
}

Status RemoveIdsFromRow(const Kv& kv, Family family, std::string_view key,
                        std::span<const uint16_t> ids, KvBatch* batch) {
  std::string value;
  const Status status = kv.Get(family, key, &value);
  if (absl::IsNotFound(status)) return absl::OkStatus();
  RETURN_IF_ERROR(status);
  IdSet left;
  if (!left.Add(value)) return DataLoss("a row of {} is malformed", FamilyName(family));
  for (const uint16_t id : ids) left.RemoveId(id);
  if (left.empty()) {
    batch->Delete(family, key);
  } else {
    batch->Put(family, key, left.Encode());
  }
  return absl::OkStatus();
}

}  // namespace silverback

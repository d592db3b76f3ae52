// Rows of `postings` and `activity`: sets of series, a row for each upper half of the ids.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "engine/base/status.h"
#include "engine/store/kv.h"
#include "engine/store/series_bitmap.h"

namespace silverback {

/// Calls `visit` for each upper half that ids of `series` have, ascending, with the lower halves that go with it, ascending;
/// they live during the call. An error from it stops the walk and is returned.
Status ForEachHalf(
    const SeriesBitmap& series,
    const std::function<Status(uint16_t high, std::span<const uint16_t> low)>& visit);

/// Puts into `batch` what takes `ids` out of the row, which is read for it: the row without them, or its deletion if none is
/// left. An absent row stays absent. DataLoss when the row is malformed. REQUIRES: nobody else changes the row until the
/// batch is written.
Status RemoveIdsFromRow(const Kv& kv, Family family, std::string_view key,
                        std::span<const uint16_t> ids, KvBatch* batch);

}  // namespace silverback

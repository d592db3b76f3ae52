#include "engine/read/tombstones.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace silverback {

Tombstones::Tombstones(std::vector<Tombstone> rows) : rows_(std::move(rows)) {
  std::sort(rows_.begin(), rows_.end(), [](const Tombstone& a, const Tombstone& b) {
    return std::tie(a.series, a.range.min_ms, a.part_limit) <
           std::tie(b.series, b.range.min_ms, b.part_limit);
  });
  for (const Tombstone& row : rows_) series_.add(row.series);
}

std::span<const Tombstone> Tombstones::Of(SeriesId series) const {
  const auto begin =
      std::lower_bound(rows_.begin(), rows_.end(), series,
                       [](const Tombstone& row, SeriesId id) { return row.series < id; });
  const auto end = std::find_if(begin, rows_.end(),
                                [series](const Tombstone& row) { return row.series != series; });
  return {begin, end};
}

std::vector<TimeRange> Tombstones::In(PartId part, SeriesId series) const {
  std::vector<TimeRange> deleted;
  if (rows_.empty()) return deleted;
  for (const Tombstone& row : Of(series)) {
    if (part >= row.part_limit) continue;
    if (deleted.empty() || row.range.min_ms > deleted.back().max_ms) {
      deleted.push_back(row.range);
    } else {
      deleted.back().max_ms = std::max(deleted.back().max_ms, row.range.max_ms);
    }
  }
  return deleted;
}

}  // namespace silverback

// Cardinality figures for /api/v1/status/tsdb.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/read/read_view.h"

namespace silverback {

struct Cardinality {
  using Ranking = std::vector<std::pair<std::string, uint64_t>>;  // largest first
  Ranking series_by_metric;
  Ranking values_by_label;
  Ranking bytes_by_label;
  Ranking series_by_pair;  // "name=value"
  uint64_t series = 0;
  uint64_t label_pairs = 0;
};

/// Counts over the series of `view` that may have samples in `range`; each ranking has at most `limit` entries. Reads
/// every label set once; memory follows the number of distinct label pairs.
StatusOr<Cardinality> CountCardinality(const ReadView& view, TimeRange range, size_t limit,
                                       const std::atomic<bool>* cancelled);

}  // namespace silverback

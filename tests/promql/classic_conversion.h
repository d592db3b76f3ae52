// Classic histograms as native ones with custom buckets (`load_with_nhcb`).
#pragma once

#include <span>
#include <vector>

#include "series_notation.h"
#include "test_storage.h"

namespace silverback::promqltest {

/// The native histograms that the classic ones among `series` (`_bucket`, `_count`, `_sum`) stand for. Error if buckets
/// fall or do not add up to the count.
StatusOr<std::vector<LoadedSeries>> ConvertClassic(std::span<const LoadedSeries> series);

}  // namespace silverback::promqltest

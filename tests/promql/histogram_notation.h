// The notation in which test scripts write native histograms: `{{schema:1 count:3 sum:5 buckets:[1 2]}}`.
#pragma once

#include <string_view>

#include "engine/base/status.h"
#include "query/model/float_histogram.h"

namespace silverback::promqltest {

struct NotedHistogram {
  FloatHistogram histogram;
  bool hint_given = false;  // counter_reset_hint: was there
};

/// Reads what stands between the double braces: keys `schema`, `count`, `sum`, `z_bucket`, `z_bucket_w`, `buckets`,
/// `offset`, `n_buckets`, `n_offset`, `custom_values`, `counter_reset_hint` (unknown, reset, not_reset, gauge).
StatusOr<NotedHistogram> ParseHistogram(std::string_view text);

}  // namespace silverback::promqltest

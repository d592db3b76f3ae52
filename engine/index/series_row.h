// The value of a row of `series`: metric id (4 bytes, big endian), then the encoded label set.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/labels/label_set.h"

namespace silverback {

std::string EncodeSeriesRow(MetricId metric, const LabelSet& labels);

/// Splits a row without looking at the labels. DataLoss naming the series when it is too short.
Status SplitSeriesRow(SeriesId series, std::string_view row, MetricId* metric,
                      std::string_view* labels);

/// DataLoss naming the series when the labels are malformed.
StatusOr<LabelSet> DecodeSeriesLabels(SeriesId series, std::string_view row);

}  // namespace silverback

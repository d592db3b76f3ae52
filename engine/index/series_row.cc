#include "engine/index/series_row.h"

#include "engine/base/coding.h"

namespace silverback {

std::string EncodeSeriesRow(MetricId metric, const LabelSet& labels) {
  std::string row;
  row.reserve(4 + labels.encoded().size());
  PutBigEndian32(&row, metric);
  row += labels.encoded();
  return row;
}

Status SplitSeriesRow(SeriesId series, std::string_view row, MetricId* metric,
                      std::string_view* labels) {
  if (!GetBigEndian32(&row, metric)) return DataLoss("the row of series {} is cut short", series);
  *labels = row;
  return absl::OkStatus();
}

StatusOr<LabelSet> DecodeSeriesLabels(SeriesId series, std::string_view row) {
  MetricId metric = 0;
  std::string_view encoded;
  RETURN_IF_ERROR(SplitSeriesRow(series, row, &metric, &encoded));
  StatusOr<LabelSet> labels = LabelSet::FromEncoded(encoded);
  if (!labels.ok()) return WithContext(labels.status(), fmt::format("series {}", series));
  return labels;
}

}  // namespace silverback

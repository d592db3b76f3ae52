#include "engine/index/metric_column.h"

#include <mutex>
#include <string>

#include "engine/base/coding.h"
#include "engine/labels/label_set.h"
#include "engine/store/id_set.h"
#include "engine/store/keys.h"

namespace silverback {

bool MetricColumn::loaded() const {
  const std::shared_lock lock(mutex_);
  return loaded_;
}

void MetricColumn::SetLocked(SeriesId series, MetricId metric) {
  const size_t chunk = series / kChunk;
  if (chunk >= chunks_.size()) chunks_.resize(chunk + 1);
  if (chunks_[chunk] == nullptr) chunks_[chunk] = std::make_unique<Chunk>();
  (*chunks_[chunk])[series % kChunk] = metric;
}

void MetricColumn::Set(SeriesId series, MetricId metric) {
  const std::unique_lock lock(mutex_);
  if (loaded_) SetLocked(series, metric);
}

Status MetricColumn::Load(const Kv& kv) {
  const std::unique_lock lock(mutex_);
  if (loaded_) return absl::OkStatus();
  std::string name;
  std::string value;
  std::string metric_row;
  std::string known;  // the name that `metric` belongs to
  MetricId metric = 0;
  KvCursor rows = kv.NewCursor(Family::kPostings, keys::PostingsNamePrefix(kMetricName));
  for (rows.SeekToFirst(); rows.valid(); rows.Next()) {
    uint16_t high = 0;
    SeriesBitmap series;
    if (!keys::ParsePostings(rows.key(), &name, &value, &high) ||
        !AddToBitmap(rows.value(), high, &series)) {
      return DataLoss("a row of postings of {} is malformed", kMetricName);
    }
    if (metric == 0 || value != known) {
      RETURN_IF_ERROR(kv.Get(Family::kMetrics, value, &metric_row));
      std::string_view in = metric_row;
      if (!GetBigEndian32(&in, &metric))
        return DataLoss("the row of metric {} is malformed", value);
      known = value;
    }
    for (SeriesId id : series) SetLocked(id, metric);
  }
  RETURN_IF_ERROR(rows.status());
  loaded_ = true;
  return absl::OkStatus();
}

void MetricColumn::Get(std::span<const SeriesId> series, std::span<MetricId> metrics) const {
  const std::shared_lock lock(mutex_);
  for (size_t i = 0; i < series.size(); ++i) {
    const size_t chunk = series[i] / kChunk;
    const bool known = chunk < chunks_.size() && chunks_[chunk] != nullptr;
    metrics[i] = known ? (*chunks_[chunk])[series[i] % kChunk] : 0;
  }
}

}  // namespace silverback

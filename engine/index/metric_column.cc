#include "engine/index/metric_column.h"

#include <mutex>
#include <string>
#include <utility>

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
  if (metric == 0) return;
  const size_t chunk = series / kChunk;
  if (chunk >= chunks_.size()) chunks_.resize(chunk + 1);
  if (chunks_[chunk] == nullptr) chunks_[chunk] = std::make_unique<Chunk>();
  MetricId& slot = chunks_[chunk]->metrics[series % kChunk];
  if (slot == 0) ++chunks_[chunk]->used;
  slot = metric;
}

void MetricColumn::Set(SeriesId series, MetricId metric) {
  const std::unique_lock lock(mutex_);
  if (loaded_) SetLocked(series, metric);
}

void MetricColumn::Erase(std::span<const SeriesId> series) {
  const std::unique_lock lock(mutex_);
  for (const SeriesId id : series) {
    const size_t place = id / kChunk;
    if (place >= chunks_.size() || chunks_[place] == nullptr) continue;
    Chunk& chunk = *chunks_[place];
    if (std::exchange(chunk.metrics[id % kChunk], 0) != 0) --chunk.used;
    if (chunk.used == 0) chunks_[place].reset();
  }
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
    metrics[i] = known ? chunks_[chunk]->metrics[series[i] % kChunk] : 0;
  }
}

}  // namespace silverback

// The metric of every series, in memory.
#pragma once

#include <array>
#include <memory>
#include <shared_mutex>
#include <span>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/store/kv.h"

namespace silverback {

/// Series id -> metric id, 4 bytes a series, in chunks that exist where series do. Filled from the postings of the metric name (a million
/// series: some 20 ms) when it is first wanted. Safe for concurrent use.
class MetricColumn {
 public:
  bool loaded() const;
  /// Reads all that is stored. To be called once, with no series being created meanwhile.
  Status Load(const Kv& kv);
  /// Notes a new series; does nothing before `Load`.
  void Set(SeriesId series, MetricId metric);
  /// Forgets series that have left; a chunk without any goes.
  void Erase(std::span<const SeriesId> series);
  void Get(std::span<const SeriesId> series, std::span<MetricId> metrics) const;

 private:
  static constexpr size_t kChunk = 1 << 16;
  struct Chunk {
    std::array<MetricId, kChunk> metrics{};  // 0: no series, or one without a metric name
    size_t used = 0;                         // metrics that are not 0
  };

  void SetLocked(SeriesId series, MetricId metric);

  mutable std::shared_mutex mutex_;
  bool loaded_ = false;
  std::vector<std::unique_ptr<Chunk>> chunks_;
};

}  // namespace silverback

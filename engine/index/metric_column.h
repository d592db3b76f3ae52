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
  void Get(std::span<const SeriesId> series, std::span<MetricId> metrics) const;

 private:
  static constexpr size_t kChunk = 1 << 16;
  using Chunk = std::array<MetricId, kChunk>;

  void SetLocked(SeriesId series, MetricId metric);

  mutable std::shared_mutex mutex_;
  bool loaded_ = false;
  std::vector<std::unique_ptr<Chunk>> chunks_;
};

}  // namespace silverback

// The engine's numbers as metrics.
#pragma once

#include "engine/database/database.h"
#include "query/api/metric_families.h"

namespace silverback {

/// The families `silverback_storage_*`.
void WriteDatabaseMetrics(MetricFamilies& metrics, const DatabaseStats& stats,
                          uint64_t wal_max_bytes);

}  // namespace silverback

// The engine's numbers as metrics.
#pragma once

#include "engine/database/database.h"
#include "query/api/metrics_text.h"

namespace silverback {

/// The families `silverback_storage_*`.
void WriteDatabaseMetrics(MetricsText& metrics, const DatabaseStats& stats, uint64_t wal_max_bytes);

}  // namespace silverback

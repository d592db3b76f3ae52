// What the kernel says about this process.
#pragma once

#include <cstdint>

#include "query/api/metric_families.h"

namespace silverback {

struct ProcessFigures {
  double cpu_seconds = 0;
  double start_time_seconds = 0;  // since the epoch
  uint64_t resident_bytes = 0;
  uint64_t virtual_bytes = 0;
  uint64_t threads = 0;
  uint64_t open_files = 0;
  uint64_t max_files = 0;
};

/// From /proc; figures that cannot be read are 0.
ProcessFigures ReadProcessFigures();

/// The families `process_*`, as every Prometheus client library exposes them.
void WriteProcessMetrics(MetricFamilies& metrics);

}  // namespace silverback

// The receiver's counts as metrics.
#pragma once

#include "query/api/metric_families.h"
#include "remote_write/receiver/receiver.h"

namespace silverback::http {

/// The families `silverback_remote_write_*`.
void WriteReceiverMetrics(MetricFamilies& metrics, const ReceiverMetrics& receiver);

}  // namespace silverback::http

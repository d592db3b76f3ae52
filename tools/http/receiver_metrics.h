// The receiver's counts as metrics.
#pragma once

#include "query/api/metrics_text.h"
#include "remote_write/receiver/receiver.h"

namespace silverback::http {

/// The families `silverback_remote_write_*`.
void WriteReceiverMetrics(MetricsText& metrics, const ReceiverMetrics& receiver);

}  // namespace silverback::http

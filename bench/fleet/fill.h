// Filling a server with the fleet through remote_write.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "bench/fleet/fleet.h"
#include "engine/base/status.h"

namespace silverback {

struct FillOptions {
  std::string url;
  FleetOptions fleet;
  TimestampMs end_ms = 0;  // no sample later than this
  size_t scrapes_per_request = 40;
  size_t senders = 2;  // connections, each with its share of the targets
  std::function<void(uint64_t samples, TimestampMs reached_ms)>
      progress;  // from the calling thread
};

struct FillReport {
  uint64_t series = 0;
  uint64_t samples = 0;
  uint64_t requests = 0;
  uint64_t retries = 0;
  double seconds = 0;
};

/// Sends every sample up to `end_ms`; each request is repeated until it is acknowledged (503: after
/// a pause). An answer that repeating cannot mend is an error with the server's text.
StatusOr<FillReport> FillFleet(const FillOptions& options);

}  // namespace silverback

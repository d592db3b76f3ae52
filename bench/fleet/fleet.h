// A deterministic eleven-service fleet behind a load balancer, with PostgreSQL behind it: what
// quickstart fills a server with, and the data set that `bench` measures on.
//
// The same options give the same samples on any machine. Every service is one scrape target of 22
// series (request counters by code, a latency histogram, two full-precision float counters, cpu,
// memory, queue, threads, `up`, `service_info`); PostgreSQL is one target more. Load follows the
// hour and the weekday; each service is deployed every nine days or so: its counters start again,
// and the scrape in between fails (`up` 0, staleness markers for the rest).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/types.h"
#include "engine/labels/label_set.h"

namespace silverback {

struct FleetOptions {
  TimestampMs start_ms = 0;
  int64_t interval_ms = 15'000;
  uint64_t seed = 20'260;
};

/// One scrape target: its series, and the way from one scrape to the next.
class FleetTarget {
 public:
  virtual ~FleetTarget() = default;
  virtual const std::vector<LabelSet>& series() const = 0;
  /// The next scrape: its time, and a value for each series in order (`values` has room for all).
  virtual TimestampMs Scrape(double* values) = 0;
};

/// All targets of the fleet, each of its own: they can be walked independently (and by different
/// threads).
std::vector<std::unique_ptr<FleetTarget>> MakeFleet(const FleetOptions& options);

}  // namespace silverback

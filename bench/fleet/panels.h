// The fourteen dashboard panels that are asked of the fleet.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace silverback {

struct Panel {
  std::string title;
  std::string query;
};

/// The panels for a range of `range_seconds`: the step is range / 1,000 in whole seconds, rate
/// windows are what Grafana makes of
/// `$__rate_interval` (step + scrape interval, at least four scrapes, written as Go writes
/// durations).
std::vector<Panel> FleetPanels(int64_t range_seconds);

/// The step that goes with them, in seconds.
int64_t PanelStepSeconds(int64_t range_seconds);

/// Seconds as Go prints a duration: 75 -> "1m15s", 3600 -> "1h0m0s".
std::string GoDuration(int64_t seconds);

}  // namespace silverback

// Asking a server the fleet's panels and timing the answers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/fleet/panels.h"
#include "engine/base/status.h"
#include "engine/base/types.h"
#include "tools/client/api_client.h"
#include "tools/terminal/graph.h"

namespace silverback {

struct PanelTiming {
  Panel panel;
  size_t series = 0;
  uint64_t samples_covered = 0;  // as the server counts them (`stats`), 0 where it does not say
  double first_ms = 0;           // the first time it was asked
  double again_ms = 0;           // the median of the repetitions
  std::vector<GraphSeries> curves;
};

/// Asks one panel over [start, end] with the step that goes with the range: once, then `repeats`
/// times. Error when the server answers anything but success.
StatusOr<PanelTiming> RunPanel(ApiClient* client, const Panel& panel, int64_t start_seconds,
                               int64_t end_seconds, int64_t step_seconds, int repeats);

}  // namespace silverback

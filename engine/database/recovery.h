// Opening: what the log has beyond the parts goes back into the head.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/base/status.h"
#include "engine/database/replay_stage.h"
#include "engine/head/generation.h"
#include "engine/index/registry.h"
#include "engine/log/log.h"

namespace silverback {

struct RecoveryReport {
  ReplayReport log;
  uint64_t samples = 0;  // applied
  /// Records that are whole but make no sense.
  uint64_t records_refused = 0;
  /// The record that introduced a series may be damaged.
  ReplayOmissions omissions;
};

/// Replays the records above `sealed_through` into `generation`, and puts the series that they
/// introduce back into the registry. Idempotent: nothing on disk depends on how often it ran.
/// Damage is logged and reported, and costs no more than the damaged records.
StatusOr<RecoveryReport> ReplayLog(Log* log, Sequence sealed_through, Registry* registry,
                                   Generation* generation);

}  // namespace silverback

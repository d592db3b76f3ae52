// Snapshot: a copy of the whole directory, consistent while samples come in.
#pragma once

#include <string>

#include "engine/base/status.h"
#include "engine/upkeep/live_engine.h"
#include "engine/upkeep/verify.h"

namespace silverback {

/// Copies the database into `target`, which must not exist; it appears there complete and durable, or
/// not at all (what a kill interrupts stays behind as `target` + ".partial", which the next one
/// to that target replaces). The store comes first, by hard links where possible, then the log: so the copy has
/// every record that the store's parts do not hold. REQUIRES: no seal runs (`Sealer::Pause`).
Status CopyDatabase(LiveEngine* engine, const std::string& target,
                    const ProgressFunction& progress);

}  // namespace silverback

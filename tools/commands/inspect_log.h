// What `silverback inspect` tells of the write-ahead log.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "tools/commands/inspect_document.h"

namespace silverback {

/// Segments, records from sequence `from` on, and what cannot be read. `sealed_through`: what parts hold, if it is known.
StatusOr<Document> InspectLogFiles(const std::string& directory, Sequence from,
                                   std::optional<Sequence> sealed_through, uint64_t limit);

/// One record, byte by byte, with its samples. NotFound when the log does not have it.
StatusOr<Document> InspectLogRecord(const std::string& directory, Sequence sequence,
                                    uint64_t limit);

}  // namespace silverback

// Verification: everything on disk is read and compared with what it should be.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/file_system.h"
#include "engine/base/status.h"
#include "engine/read/engine_state.h"
#include "engine/read/substrate.h"

namespace silverback {

/// Something that is not as it should be.
struct Finding {
  std::string where;  // file or family and key
  std::string what;
  std::optional<SeriesId> series;
  TimeRange range;
};

struct VerifyReport {
  uint64_t parts = 0, blocks = 0, timelines = 0, samples = 0, series = 0, postings = 0,
           log_records = 0;
  std::vector<Finding> findings;  // empty: all is well; at most `kFindingsMax` are listed
  static constexpr size_t kFindingsMax = 10000;
};

/// Says how far a long operation is; called now and then from the working thread.
using ProgressFunction = std::function<void(std::string_view stage, uint64_t done, uint64_t total)>;

/// Every part of `state`: checksums, keys in order, timelines, facts against samples, series known to
/// the registry (unless all of a block lies before `cutoff_ms`: such series may have left).
Status VerifyParts(const EngineState& state, Substrate* substrate, TimestampMs cutoff_ms,
                   const ProgressFunction& progress, VerifyReport* report);

/// Registry and postings: each series is found by its label set, each id in postings has that label,
/// and none is missing.
Status VerifyIndex(Substrate* substrate, const ProgressFunction& progress, VerifyReport* report);

/// The log in `directory`, read as a restart would read it: the records above `sealed_through`.
/// Nothing is changed. REQUIRES: no segment is removed meanwhile. Records that are being written are
/// not looked at.
Status VerifyLog(FileSystem* file_system, const std::string& directory, Sequence sealed_through,
                 VerifyReport* report);

}  // namespace silverback

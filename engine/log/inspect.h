// Looking at a log without being its writer: segments, records and damage, with their offsets. Nothing is changed.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/file_system.h"
#include "engine/base/status.h"
#include "engine/log/log.h"

namespace silverback {

struct LogSegmentInfo {
  std::string name;
  uint64_t file_bytes = 0;
  /// False: the header is damaged or not whole, and the four fields after it are zeros.
  bool header_intact = false;
  uint32_t version = 0;
  uint64_t number = 0;
  Sequence previous_sequence = 0;
  Sequence first_sequence = 0;
  uint64_t records = 0;        ///< That could be read.
  Sequence last_sequence = 0;  ///< Of a record that is there, whole or not; 0 if there is none.
};

/// A whole record. Borrowed: valid during the call that brings it.
struct LogRecordInfo {
  std::string_view segment;
  uint64_t offset = 0;  ///< Of its header in the segment's file.
  uint64_t bytes = 0;   ///< Header and payload.
  Sequence sequence = 0;
  uint32_t payload_crc = 0;
  std::string_view payload;
};

struct LogInspection {
  std::vector<LogSegmentInfo> segments;
  /// What could not be read, in log order, at most `ReplayReport::kMaxListedLosses`.
  std::vector<LogLoss> losses;
  uint64_t losses_total = 0;
};

/// Reads the segments in `directory` in order and hands over every whole record. Goes on after damage. Which segments ought to be
/// there below the first one is not known here: gaps count from there. Nobody may write to the log meanwhile. Error: an unreadable
/// file, a segment of a newer version, a renamed one, or the callback's error.
StatusOr<LogInspection> InspectLog(FileSystem* file_system, const std::string& directory,
                                   const std::function<Status(const LogRecordInfo&)>& visit);

}  // namespace silverback

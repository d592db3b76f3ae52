// A timeline: a column of timestamps that series scraped at the same instants share.
// docs/format/timeline.md has the bytes.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "engine/base/types.h"

namespace silverback {

/// The most rows that a timeline has: bounds what a damaged one can make us allocate (64 MiB).
inline constexpr uint32_t kMaxTimelineRows = 1u << 23;

/// Encodes a column of timestamps: 1 to kMaxTimelineRows, strictly ascending (REQUIRED), otherwise
/// any int64. Deterministic: equal columns give equal bytes. A regular column costs some 20 bytes;
/// scrape jitter of +-j ms about log2(2j) bits a row.
std::string EncodeTimeline(std::span<const TimestampMs> times);

/// Replaces `*times` by the column. DataLoss, with the reason, on anything that EncodeTimeline
/// cannot have written (checksum, structure, times that do not ascend). Allocates no more than
/// kMaxTimelineRows timestamps.
Status DecodeTimeline(std::string_view bytes, std::vector<TimestampMs>* times);

/// DecodeTimeline without the checksum, so that a fuzzer reaches what is behind it.
Status FUZZING_ONLY_DecodeTimelineUnverified(std::string_view bytes,
                                             std::vector<TimestampMs>* times);

/// What a timeline is without its rows.
struct TimelineInfo {
  uint32_t rows = 0;
  /// First and last timestamp.
  TimeRange time_range;
  /// What lies between most neighbours.
  uint64_t interval_ms = 0;
};

/// Reads the header alone (no checksum is verified). DataLoss if it is malformed.
StatusOr<TimelineInfo> InspectTimeline(std::string_view bytes);

/// The hash by which equal columns are found. Equal columns have equal hashes; confirm equality
/// where it matters.
Hash128Value HashTimeline(std::span<const TimestampMs> times);

}  // namespace silverback

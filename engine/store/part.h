// What is known of a part without reading its blocks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/types.h"
#include "engine/store/calendar.h"

namespace silverback {

/// Stored on disk: never renumber.
enum class PartKind : uint8_t {
  kInOrder = 1,  // sealed from chunks, or merged
  kLate = 2,     // sealed from late samples: overlaps other parts in time by design
};

/// Stored on disk: never renumber.
enum class PartState : uint8_t {
  kLive = 1,
  kDead = 2,  // replaced or past retention; its rows go when no reader holds it
};

/// "in-order" or "late"; "live" or "dead".
std::string_view PartKindName(PartKind kind);
std::string_view PartStateName(PartState state);

/// The catalog's row of a part.
struct PartMeta {
  PartId id = 0;
  Partition partition = 0;
  PartKind kind = PartKind::kInOrder;
  PartState state = PartState::kLive;
  /// Of the samples inside: first and last timestamp.
  TimeRange time;
  /// The records of the log whose samples are inside. A merge keeps the range of its inputs.
  Sequence first_sequence = 0;
  Sequence last_sequence = 0;
  uint64_t series = 0;
  uint64_t samples = 0;
  uint64_t blocks = 0;
  uint64_t timelines = 0;
  /// Bytes of its table files.
  uint64_t bytes = 0;

  friend bool operator==(const PartMeta&, const PartMeta&) = default;
};

/// "part 17 (2026-11, in-order, 2026-11-02T00:00:00.000Z to ..., 250 series, 1000 samples)", for
/// messages.
std::string Describe(const PartMeta& part);

/// Where a block stands inside its part; blocks are stored and iterated in this order.
struct BlockKey {
  MetricId metric = 0;
  SeriesId series = 0;
  TimestampMs first_ms = 0;

  friend auto operator<=>(const BlockKey&, const BlockKey&) = default;
};

/// The header row of a part: everything that is needed to adopt it without the catalog.
struct PartHeader {
  PartMeta meta;
  /// The parts that a merge read; empty for a seal.
  std::vector<PartId> inputs;
  /// CRC-32C over all keys and values of the part in storage order (docs/format/store.md).
  uint32_t blocks_crc = 0;
  uint32_t timelines_crc = 0;
};

}  // namespace silverback

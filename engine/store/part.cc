#include "engine/store/part.h"

#include <fmt/format.h>

namespace silverback {

std::string_view PartKindName(PartKind kind) {
  return kind == PartKind::kLate ? "late" : "in-order";
}

std::string_view PartStateName(PartState state) {
  return state == PartState::kDead ? "dead" : "live";
}

std::string Describe(const PartMeta& part) {
  return fmt::format("part {} ({}, {}, {}, {} to {}, log {} to {}, {} series, {} samples)", part.id,
                     PartitionName(part.partition), PartKindName(part.kind),
                     PartStateName(part.state), FormatTime(part.time.min_ms),
                     FormatTime(part.time.max_ms), part.first_sequence, part.last_sequence,
                     part.series, part.samples);
}

}  // namespace silverback

// What `silverback inspect` tells of parts, blocks and timelines.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/status.h"
#include "engine/store/store.h"
#include "tools/commands/inspect_document.h"

namespace silverback {

/// Every list in a document has at most `limit` rows.
StatusOr<Document> InspectParts(Store* store, uint64_t limit);

/// Header, blocks and timelines of a part, whether the catalog knows it or not; with `codecs`, what its vectors are stored by.
/// NotFound when there are no rows of it.
StatusOr<Document> InspectPart(Store* store, PartId part, bool codecs, uint64_t limit);

struct BlockQuery {
  std::optional<PartId> part;  // absent: every live part
  std::string series;          // an id, or a selector of exactly one series
  std::optional<TimestampMs> time;
  bool samples = false;
};

/// The blocks of a series, byte by byte; NotFound when there are none.
StatusOr<Document> InspectBlocks(Store* store, const BlockQuery& query, uint64_t limit);

/// A timeline, byte by byte; with `times`, its rows.
StatusOr<Document> InspectTimeline(Store* store, PartId part, uint32_t ordinal, bool times,
                                   uint64_t limit);

/// `up{job="node"}`, or "unknown" for a series that is not registered.
std::string SeriesName(Store* store, SeriesId series);

/// What the store found out of the ordinary when it was opened, as notes.
void AddOpenReport(const Store& store, Document* document);

}  // namespace silverback

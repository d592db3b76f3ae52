// The bytes of catalog rows and of the header row of a part. docs/format/store.md, "Part header"
// and "catalog".
#pragma once

#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/store/part.h"

namespace silverback {

/// A catalog row's value. The part id stands in the key.
std::string EncodePartMeta(const PartMeta& meta);
/// DataLoss naming the part when the bytes are no such row.
StatusOr<PartMeta> DecodePartMeta(PartId id, std::string_view bytes);

/// A header row's value, its own checksum included.
std::string EncodePartHeader(const PartHeader& header);
StatusOr<PartHeader> DecodePartHeader(PartId id, std::string_view bytes);

}  // namespace silverback

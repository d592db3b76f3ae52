// What `silverback inspect` tells of the store's families and of any row in them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/store/kv.h"
#include "engine/store/store.h"
#include "tools/commands/inspect_document.h"

namespace silverback {

/// The families with their sizes.
Document InspectFamilies(const Store& store);

/// The start of keys of a family from the words that a person writes for their fields: `17 2 300` (blocks), `job api` (postings),
/// `2026-11-24` (activity). No words: "". InvalidArgument that says what is expected.
StatusOr<std::string> KeyPrefix(Family family, std::span<const std::string> words);

/// Bytes from hexadecimal digits.
StatusOr<std::string> ParseHex(std::string_view digits);

/// The rows whose keys start with `prefix`: a line each, or with `fields`, byte by byte.
StatusOr<Document> InspectRows(Store* store, Family family, std::string_view prefix, bool fields,
                               uint64_t limit);

/// The fields of a key or value as a table.
Listing KeyListing(Family family, std::string_view key, std::string_view value);
Listing ValueListing(Family family, std::string_view key, std::string_view value);

}  // namespace silverback

// Any row of any family as text, field by field: for inspection.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/store/kv.h"

namespace silverback {

/// A stretch of a key or value and what it means.
struct RowField {
  enum class Place : uint8_t { kKey, kValue };
  Place place = Place::kKey;
  /// Of the stretch in the key or value.
  size_t offset = 0;
  size_t bytes = 0;
  std::string name;  // "series", "first time"
  std::string text;  // "300", "2026-11-24T13:26:00.000Z"
};

/// The fields of a row in order; together they cover every byte. Never fails: what cannot be understood is a field "malformed" with the
/// bytes in hexadecimal. Blocks and timelines are one field ("block", "timeline") with their length: engine/block tells more.
std::vector<RowField> DescribeRow(Family family, std::string_view key, std::string_view value);

/// The key on one line: "part 17, metric 2, series 300, first time 2026-11-24T13:26:00.000Z".
std::string DescribeKey(Family family, std::string_view key);

/// The family of that name; false when there is none.
bool FamilyNamed(std::string_view name, Family* family);

}  // namespace silverback

// The bytes of a block or timeline as text, field by field: for inspection.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace silverback {

/// A stretch of a block or timeline and what it means.
struct BlockField {
  size_t offset = 0;
  size_t bytes = 0;
  std::string name;  // "rows", "first sample", "vector 0"
  std::string text;  // "1024", "3.5", "1024 values by decimal"
};

/// The fields of a block in the order of docs/format/block.md (and histogram-block.md); together they cover every byte. Never fails: from the first field that
/// makes no sense on, the rest (perhaps nothing) is one field "malformed", and checksums that do not fit say so.
std::vector<BlockField> DescribeBlock(std::string_view block);

/// The same for a timeline and docs/format/timeline.md.
std::vector<BlockField> DescribeTimeline(std::string_view timeline);

}  // namespace silverback

// The payload of a log record as text, field by field: for inspection.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace silverback {

/// A stretch of a payload and what it means.
struct LogField {
  size_t offset = 0;
  size_t bytes = 0;
  std::string name;  // "definition 0", "timestamps"
  std::string text;  // "series 7, metric 2, {a=\"x\"}"
};

/// The fields of a write's payload in the order of docs/format/log.md; together they cover every byte. Of a compressed one that is its
/// block: `log::PlainPayload` has the rest. Never fails: from the first field that makes no sense on, the rest (perhaps nothing) is one
/// field "malformed".
std::vector<LogField> DescribeWriteRecord(std::string_view payload);

}  // namespace silverback

// Query answers for people and programs: table, CSV, JSON, graph.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/base/types.h"

namespace silverback {

enum class OutputFormat : uint8_t { kTable, kJson, kCsv, kGraph };

/// "table", "json", "csv" or "graph".
StatusOr<OutputFormat> ParseOutputFormat(std::string_view name);

/// Renders the body of a `query` or `query_range` answer. `range` is the time axis of a graph. JSON is passed on as it is.
StatusOr<std::string> RenderResult(const std::string& body, OutputFormat format, TimeRange range);

/// Warnings and infos of an answer, a line each; empty if there are none.
std::string RenderNotices(const std::string& body);

/// The strings, or label sets, that a `labels`, `label/NAME/values` or `series` answer lists: a line each (CSV: quoted).
StatusOr<std::string> RenderList(const std::string& body, OutputFormat format);

}  // namespace silverback

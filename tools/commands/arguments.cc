#include "tools/commands/arguments.h"

#include <cstdio>

#include <CLI/CLI.hpp>

#include "query/api/parameters.h"
#include "query/syntax/parser.h"
#include "tools/commands/command.h"

namespace silverback {

std::optional<int> ParseCommand(CLI::App* app, int argc, char** argv) {
  try {
    app->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app->exit(error) == 0 ? kExitDone : kExitWrongUse;
  }
  return std::nullopt;
}

int ReportFailure(std::string_view command, const Status& status) {
  const std::string line = fmt::format("silverback {}: {}\n", command, MessageOf(status));
  std::fputs(line.c_str(), stderr);
  return absl::IsInvalidArgument(status) ? kExitWrongUse : kExitFailed;
}

StatusOr<TimestampMs> ParseTimeArgument(const std::string& text, TimestampMs now_ms) {
  constexpr std::string_view kNow = "now";
  if (!text.starts_with(kNow)) return ParseTime(text);
  if (text == kNow) return now_ms;
  if (text[kNow.size()] != '-') {
    return InvalidArgument("{} is not a time: write now, now-1h, Unix seconds or RFC 3339", text);
  }
  ASSIGN_OR_RETURN(const int64_t ago_ms,
                   syntax::ParseDurationMs(std::string_view(text).substr(kNow.size() + 1)));
  return now_ms - ago_ms;
}

}  // namespace silverback

// What the commands share about their arguments.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/base/status.h"
#include "engine/base/types.h"

namespace CLI {
class App;
}

namespace silverback {

/// Parses; nullopt if the command is to go on, otherwise the exit code (help was shown, or what is wrong).
std::optional<int> ParseCommand(CLI::App* app, int argc, char** argv);

/// Prints "silverback NAME: message" to standard error; kExitFailed, or kExitWrongUse for InvalidArgument.
int ReportFailure(std::string_view command, const Status& status);

/// A point in time: Unix seconds ("1795424040.5"), RFC 3339 ("2026-08-07T12:00:00Z"), "now", or "now-DURATION" with a
/// Prometheus duration ("now-184d").
StatusOr<TimestampMs> ParseTimeArgument(const std::string& text, TimestampMs now_ms);

}  // namespace silverback

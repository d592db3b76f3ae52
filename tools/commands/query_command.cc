// silverback query, silverback query-range
#include <algorithm>
#include <cstdio>

#include <CLI/CLI.hpp>

#include "engine/base/clock.h"
#include "query/syntax/parser.h"
#include "tools/commands/api_source.h"
#include "tools/commands/arguments.h"
#include "tools/commands/command.h"
#include "tools/commands/commands.h"
#include "tools/commands/result_output.h"

namespace silverback {
namespace {

struct QueryArguments {
  std::string expression;
  SourceArguments source;
  std::string output = "table";
  bool json = false;
  std::string timeout;
};

void AddCommon(CLI::App* app, QueryArguments* arguments) {
  app->add_option("expression", arguments->expression, "A PromQL expression")->required();
  arguments->source.AddTo(app);
  app->add_option("-o,--output", arguments->output, "table, json, csv or graph")
      ->capture_default_str();
  app->add_flag("--json", arguments->json, "Short for --output=json");
  app->add_option("--timeout", arguments->timeout, "Give up after this duration");
}

std::string Seconds(TimestampMs ms) {
  return fmt::format("{:.3f}", static_cast<double>(ms) / 1000);
}

/// Asks, prints, and says how it went.
Status AskAndPrint(const QueryArguments& arguments, const std::string& path, Parameters parameters,
                   TimeRange range) {
  ASSIGN_OR_RETURN(const OutputFormat format,
                   ParseOutputFormat(arguments.json ? "json" : arguments.output));
  if (!arguments.timeout.empty()) parameters.emplace_back("timeout", arguments.timeout);
  ASSIGN_OR_RETURN(auto source, OpenSource(arguments.source));
  ASSIGN_OR_RETURN(const std::string body, AskForSuccess(source.get(), path, parameters));
  ASSIGN_OR_RETURN(const std::string text, RenderResult(body, format, range));
  std::fputs(text.c_str(), stdout);
  std::fputs(RenderNotices(body).c_str(), stderr);
  return absl::OkStatus();
}

Status Instant(const QueryArguments& arguments, const std::string& time) {
  ASSIGN_OR_RETURN(const TimestampMs at_ms, ParseTimeArgument(time, WallClockMs()));
  return AskAndPrint(arguments, "/api/v1/query",
                     {{"query", arguments.expression}, {"time", Seconds(at_ms)}},
                     {at_ms - 3'600'000, at_ms});
}

Status Range(const QueryArguments& arguments, const std::string& start, const std::string& end,
             const std::string& step) {
  const TimestampMs now_ms = WallClockMs();
  ASSIGN_OR_RETURN(const TimestampMs start_ms, ParseTimeArgument(start, now_ms));
  ASSIGN_OR_RETURN(const TimestampMs end_ms, ParseTimeArgument(end, now_ms));
  if (end_ms < start_ms) return InvalidArgument("--end ({}) lies before --start ({})", end, start);
  int64_t step_ms = std::max<int64_t>(1000, (end_ms - start_ms) / 250 / 1000 * 1000);
  if (!step.empty()) {
    ASSIGN_OR_RETURN(step_ms, syntax::ParseDurationMs(step));
  }
  return AskAndPrint(arguments, "/api/v1/query_range",
                     {{"query", arguments.expression},
                      {"start", Seconds(start_ms)},
                      {"end", Seconds(end_ms)},
                      {"step", Seconds(step_ms)}},
                     {start_ms, end_ms});
}

}  // namespace

int RunQueryCommand(int argc, char** argv) {
  QueryArguments arguments;
  std::string time = "now";
  CLI::App app(
      "Evaluates an expression at one instant.\n\nExample: silverback query 'sum by (job) (up)' "
      "--time now-1h",
      "silverback query");
  AddCommon(&app, &arguments);
  app.add_option("--time", time, "Unix seconds, RFC 3339, now or now-DURATION")
      ->capture_default_str();
  if (const auto exit_code = ParseCommand(&app, argc, argv)) return *exit_code;
  const Status status = Instant(arguments, time);
  return status.ok() ? kExitDone : ReportFailure("query", status);
}

int RunQueryRangeCommand(int argc, char** argv) {
  QueryArguments arguments;
  std::string start = "now-1h";
  std::string end = "now";
  std::string step;
  CLI::App app(
      "Evaluates an expression at every step of a range of time.\n\n"
      "Example: silverback query-range 'rate(http_requests_total[5m])' --start now-184d --output "
      "graph",
      "silverback query-range");
  AddCommon(&app, &arguments);
  app.add_option("--start", start, "Unix seconds, RFC 3339, now or now-DURATION")
      ->capture_default_str();
  app.add_option("--end", end, "As --start")->capture_default_str();
  app.add_option("--step", step, "A duration (default: 250 steps)");
  if (const auto exit_code = ParseCommand(&app, argc, argv)) return *exit_code;
  const Status status = Range(arguments, start, end, step);
  return status.ok() ? kExitDone : ReportFailure("query-range", status);
}

}  // namespace silverback

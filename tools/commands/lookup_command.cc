// silverback series, silverback labels
#include <cstdio>

#include <CLI/CLI.hpp>

#include "engine/base/clock.h"
#include "tools/commands/api_source.h"
#include "tools/commands/arguments.h"
#include "tools/commands/command.h"
#include "tools/commands/commands.h"
#include "tools/commands/result_output.h"

namespace silverback {
namespace {

struct LookupArguments {
  SourceArguments source;
  std::vector<std::string> matchers;
  std::string start;
  std::string end;
  uint64_t limit = 0;
  std::string output = "table";
  bool json = false;
};

void AddCommon(CLI::App* app, LookupArguments* arguments) {
  arguments->source.AddTo(app);
  app->add_option("--start", arguments->start,
                  "Unix seconds, RFC 3339, now or now-DURATION (default: everything)");
  app->add_option("--end", arguments->end, "As --start");
  app->add_option("--limit", arguments->limit, "At most so many (0: all)")->capture_default_str();
  app->add_option("-o,--output", arguments->output, "table, json or csv")->capture_default_str();
  app->add_flag("--json", arguments->json, "Short for --output=json");
}

Status AskAndPrint(const LookupArguments& arguments, const std::string& path) {
  ASSIGN_OR_RETURN(const OutputFormat format,
                   ParseOutputFormat(arguments.json ? "json" : arguments.output));
  if (format == OutputFormat::kGraph) return InvalidArgument("a list cannot be drawn as a graph");
  Parameters parameters;
  for (const std::string& matcher : arguments.matchers) parameters.emplace_back("match[]", matcher);
  const TimestampMs now_ms = WallClockMs();
  for (const auto& [name, text] :
       {std::pair("start", arguments.start), std::pair("end", arguments.end)}) {
    if (text.empty()) continue;
    ASSIGN_OR_RETURN(const TimestampMs time_ms, ParseTimeArgument(text, now_ms));
    parameters.emplace_back(name, fmt::format("{:.3f}", static_cast<double>(time_ms) / 1000));
  }
  if (arguments.limit > 0) parameters.emplace_back("limit", std::to_string(arguments.limit));
  ASSIGN_OR_RETURN(auto source, OpenSource(arguments.source));
  ASSIGN_OR_RETURN(const std::string body, AskForSuccess(source.get(), path, parameters));
  ASSIGN_OR_RETURN(const std::string text, RenderList(body, format));
  std::fputs(text.c_str(), stdout);
  std::fputs(RenderNotices(body).c_str(), stderr);
  return absl::OkStatus();
}

}  // namespace

int RunSeriesCommand(int argc, char** argv) {
  LookupArguments arguments;
  CLI::App app(
      "Lists the series that any of the matchers selects.\n\nExample: silverback series 'up' "
      "'{job=~\"node.*\"}'",
      "silverback series");
  app.add_option("matcher", arguments.matchers, "Series selectors")->required();
  AddCommon(&app, &arguments);
  if (const auto exit_code = ParseCommand(&app, argc, argv)) return *exit_code;
  const Status status = AskAndPrint(arguments, "/api/v1/series");
  return status.ok() ? kExitDone : ReportFailure("series", status);
}

int RunLabelsCommand(int argc, char** argv) {
  LookupArguments arguments;
  std::string name;
  CLI::App app(
      "Lists all label names, or the values of one label.\n\nExample: silverback labels job "
      "--match 'up'",
      "silverback labels");
  app.add_option("name", name, "The label whose values are listed");
  app.add_option("--match", arguments.matchers,
                 "Only of series that a selector selects; may be repeated");
  AddCommon(&app, &arguments);
  if (const auto exit_code = ParseCommand(&app, argc, argv)) return *exit_code;
  const Status status = AskAndPrint(
      arguments, name.empty() ? "/api/v1/labels" : fmt::format("/api/v1/label/{}/values", name));
  return status.ok() ? kExitDone : ReportFailure("labels", status);
}

}  // namespace silverback

#include "tools/commands/command.h"

#include <array>
#include <cstdio>
#include <fmt/format.h>
#include <memory>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <string>

#include "tools/commands/commands.h"
#include "tools/commands/serve.h"

namespace silverback {
namespace {

// A row a command: name, what it does, entry point.
constexpr std::array kCommands = {
    Command{"serve", "run the server: remote_write in, PromQL out", RunServe},
    Command{"query", "evaluate an expression at one instant", RunQueryCommand},
    Command{"query-range", "evaluate an expression over a range of time", RunQueryRangeCommand},
    Command{"series", "list the series that matchers select", RunSeriesCommand},
    Command{"labels", "list label names, or the values of one label", RunLabelsCommand},
    Command{"compact", "seal, merge into the final shape, apply retention", RunCompactCommand},
    Command{"backup", "create, list, verify and restore backups", RunBackupCommand},
    Command{"verify", "read everything, compare with checksums and facts", RunVerifyCommand},
    Command{"inspect", "show parts, blocks, keys and log records byte by byte", RunInspectCommand},
};

std::string Help() {
  std::string help =
      "silverback: a time-series database that speaks Prometheus\n\n"
      "usage: silverback <command> [options]\n\ncommands:\n";
  for (const Command& command : kCommands) {
    help += fmt::format("  {:<12} {}\n", command.name, command.summary);
  }
  return help + "\n'silverback <command> --help' shows a command's options and an example.\n";
}

/// Standard output is for what a command prints.
void LogToStandardError() {
  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stderr_sink_mt>()));
}

}  // namespace

std::span<const Command> Commands() {
  return kCommands;
}

int RunCommandLine(int argc, char** argv) {
  if (argc < 2) {
    std::fputs(Help().c_str(), stderr);
    return kExitWrongUse;
  }
  LogToStandardError();
  const std::string_view name = argv[1];
  if (name == "--help" || name == "-h" || name == "help") {
    std::fputs(Help().c_str(), stdout);
    return kExitDone;
  }
  for (const Command& command : kCommands) {
    if (command.name == name) return command.run(argc - 1, argv + 1);
  }
  std::fprintf(stderr, "silverback: there is no command '%s': 'silverback --help' lists them\n",
               argv[1]);
  return kExitWrongUse;
}

}  // namespace silverback

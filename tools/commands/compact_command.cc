// silverback compact
#include <cstdio>

#include <CLI/CLI.hpp>

#include "tools/commands/admin_target.h"
#include "tools/commands/arguments.h"
#include "tools/commands/command.h"
#include "tools/commands/commands.h"
#include "tools/commands/upkeep_progress.h"

namespace silverback {
namespace {

Status Compact(const AdminArguments& arguments, bool json) {
  ASSIGN_OR_RETURN(auto target, OpenAdminTarget(arguments, /*read_only=*/false));
  {
    UpkeepProgress progress(json);
    RETURN_IF_ERROR(target->Compact(progress.function()));
  }
  std::puts(json ? R"({"status":"done"})" : "compacted");
  return absl::OkStatus();
}

}  // namespace

int RunCompactCommand(int argc, char** argv) {
  AdminArguments arguments;
  bool json = false;
  CLI::App app(
      "Seals the head, merges every month into its final shape and applies retention.\n\n"
      "Example: silverback compact --data /var/lib/silverback",
      "silverback compact");
  arguments.AddTo(&app);
  app.add_flag("--json", json, "Print the outcome as JSON, no progress");
  if (const auto exit_code = ParseCommand(&app, argc, argv)) return *exit_code;
  const Status status = Compact(arguments, json);
  return status.ok() ? kExitDone : ReportFailure("compact", status);
}

}  // namespace silverback

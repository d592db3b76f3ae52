// The subcommands of `silverback`: a file each, a row each in the table.
#pragma once

#include <span>
#include <string_view>

namespace silverback {

/// What every command ends with.
enum ExitCode : int {
  kExitDone = 0,
  kExitFailed = 1,    // it could not be done, or something was found
  kExitWrongUse = 2,  // the command line is wrong; nothing was done
};

struct Command {
  std::string_view name;
  std::string_view summary;  // one line
  /// Runs with the arguments behind the command's name (`argv[0]` is the name); the exit code.
  int (*run)(int argc, char** argv);
};

/// All commands, in the order in which help lists them.
std::span<const Command> Commands();

/// Finds the command that the first argument names and runs it; prints help or what is wrong.
int RunCommandLine(int argc, char** argv);

}  // namespace silverback

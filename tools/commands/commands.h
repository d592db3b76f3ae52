// The entry points of the subcommands, each in the file of its name. `argv[0]` is the command's name.
#pragma once

namespace silverback {

int RunQueryCommand(int argc, char** argv);
int RunQueryRangeCommand(int argc, char** argv);
int RunSeriesCommand(int argc, char** argv);
int RunLabelsCommand(int argc, char** argv);
int RunCompactCommand(int argc, char** argv);
int RunBackupCommand(int argc, char** argv);
int RunVerifyCommand(int argc, char** argv);
int RunInspectCommand(int argc, char** argv);

}  // namespace silverback

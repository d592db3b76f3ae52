// Runs a command line of `silverback` in this process.
#pragma once

#include <string>
#include <vector>

namespace silverback {

struct CommandRun {
  int exit_code = 0;
  std::string out;     // what it wrote to standard output
  std::string errors;  // what it wrote to standard error
};

/// Runs `silverback arguments...` and catches what it writes.
CommandRun RunSilverback(const std::vector<std::string>& arguments);

}  // namespace silverback

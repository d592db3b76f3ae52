// Runs test scripts against a storage.
#pragma once

#include <string>
#include <vector>

#include "script.h"
#include "test_storage.h"

namespace silverback::promqltest {

/// What became of one `eval`.
struct EvalOutcome {
  bool passed = true;
  int line = 0;
  std::string query;
  std::string reason;  // why it failed
};

/// Runs the commands in order against databases in `state`; an outcome for each `eval`.
///
/// An instant query is also asked with its time fixed by @ at other times, and as a step of a range query.
std::vector<EvalOutcome> RunScript(const std::vector<Command>& commands, const StorageState& state);

}  // namespace silverback::promqltest

// Files that a benchmark is asked to write beside what it prints.
#pragma once

#include <string>

#include "engine/base/status.h"

namespace silverback {

/// Writes `text` to the file that an option named, replacing it; an empty path means that none was asked for. The error
/// names the file.
Status WriteOutputFile(const std::string& path, const std::string& text);

}  // namespace silverback

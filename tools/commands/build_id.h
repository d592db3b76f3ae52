// What this program was built from.
#pragma once

#include <string>

namespace silverback {

/// "0.1.0", the version of the project.
std::string BuildId();

}  // namespace silverback

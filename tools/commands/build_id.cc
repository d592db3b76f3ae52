#include "tools/commands/build_id.h"

namespace silverback {

std::string BuildId() {
  return SILVERBACK_VERSION;
}

}  // namespace silverback

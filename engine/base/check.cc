#include "engine/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace silverback::internal {

void CheckFailed(const char* file, int line, const char* condition, const std::string& details) {
  std::fprintf(stderr, "BUG: %s:%d: %s%s%s%s\n", file, line, condition, details.empty() ? "" : " (",
               details.c_str(), details.empty() ? "" : ")");
  std::abort();
}

}  // namespace silverback::internal

#include "engine/base/status.h"

#include <cerrno>
#include <cstring>

namespace silverback {

Status WithContext(const Status& status, std::string_view context) {
  if (status.ok()) return status;
  return Status(status.code(), fmt::format("{}: {}", context, MessageOf(status)));
}

Status StatusFromErrno(int error, std::string_view what, std::string_view path) {
  absl::StatusCode code = absl::StatusCode::kInternal;
  if (error == ENOSPC || error == EDQUOT) code = absl::StatusCode::kResourceExhausted;
  if (error == ENOENT) code = absl::StatusCode::kNotFound;
  if (error == EACCES || error == EPERM) code = absl::StatusCode::kPermissionDenied;
  return Error(code, "{} {}: {}", what, path, std::strerror(error));
}

}  // namespace silverback

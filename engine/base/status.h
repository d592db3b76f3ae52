// Errors: absl::Status crosses every boundary, made with fmt and carried upwards with context.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <utility>

namespace silverback {

using absl::Status;
using absl::StatusOr;

/// The message of a status as the standard library's view (absl's own view type differs in Debian's build).
inline std::string_view MessageOf(const Status& status) {
  return {status.message().data(), status.message().size()};
}

/// A status of `code` whose message is formatted as fmt does: `Error(absl::StatusCode::kDataLoss, "block {}", id)`.
template <typename... Args>
Status Error(absl::StatusCode code, fmt::format_string<Args...> format, Args&&... args) {
  return Status(code, fmt::format(format, std::forward<Args>(args)...));
}

/// The caller's input is wrong: HTTP 400.
template <typename... Args>
Status InvalidArgument(fmt::format_string<Args...> format, Args&&... args) {
  return Error(absl::StatusCode::kInvalidArgument, format, std::forward<Args>(args)...);
}

/// What is stored is damaged: names file or key, and what was lost.
template <typename... Args>
Status DataLoss(fmt::format_string<Args...> format, Args&&... args) {
  return Error(absl::StatusCode::kDataLoss, format, std::forward<Args>(args)...);
}

/// A limit or a full disk stands in the way; the same request can succeed later: HTTP 503 or 422.
template <typename... Args>
Status ResourceExhausted(fmt::format_string<Args...> format, Args&&... args) {
  return Error(absl::StatusCode::kResourceExhausted, format, std::forward<Args>(args)...);
}

/// `status` with "context: " before its message; an OK status stays as it is.
Status WithContext(const Status& status, std::string_view context);

/// A status from an errno value: "open DIR/file: No space left on device". ENOSPC and EDQUOT become ResourceExhausted,
/// ENOENT NotFound, EACCES/EPERM PermissionDenied, everything else Internal.
Status StatusFromErrno(int error, std::string_view what, std::string_view path);

}  // namespace silverback

#define SILVERBACK_CONCAT_INNER(a, b) a##b
#define SILVERBACK_CONCAT(a, b) SILVERBACK_CONCAT_INNER(a, b)

/// Returns from the enclosing function if `expr` is an error.
#define RETURN_IF_ERROR(expr)                                                 \
  do {                                                                        \
    if (::absl::Status silverback_status_ = (expr); !silverback_status_.ok()) \
      return silverback_status_;                                              \
  } while (false)

/// `ASSIGN_OR_RETURN(auto x, F())`: x is F()'s value, or the enclosing function returns F()'s error.
#define ASSIGN_OR_RETURN(lhs, expr) \
  SILVERBACK_ASSIGN_OR_RETURN(SILVERBACK_CONCAT(silverback_or_, __LINE__), lhs, expr)
#define SILVERBACK_ASSIGN_OR_RETURN(tmp, lhs, expr) \
  auto tmp = (expr);                                \
  if (!tmp.ok()) return std::move(tmp).status();    \
  lhs = std::move(tmp).value()

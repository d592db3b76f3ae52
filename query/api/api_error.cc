#include "query/api/api_error.h"

#include <array>

#include "engine/labels/label_set.h"

namespace silverback {
namespace {

struct ErrorKind {
  std::string_view name;
  int http_status;
};

/// In the order of ErrorType.
constexpr std::array<ErrorKind, 7> kErrorKinds = {{
    {"bad_data", 400},
    {"execution", 422},
    {"timeout", 503},
    {"canceled", 503},
    {"internal", 500},
    {"unavailable", 503},
    {"not_found", 404},
}};

ErrorType TypeOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
      return ErrorType::kBadData;
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kUnimplemented:
      return ErrorType::kExecution;
    case absl::StatusCode::kDeadlineExceeded:
      return ErrorType::kTimeout;
    case absl::StatusCode::kCancelled:
      return ErrorType::kCanceled;
    case absl::StatusCode::kUnavailable:
      return ErrorType::kUnavailable;
    case absl::StatusCode::kNotFound:
      return ErrorType::kNotFound;
    default:
      return ErrorType::kInternal;
  }
}

}  // namespace

std::string_view ErrorTypeName(ErrorType type) {
  return kErrorKinds[static_cast<size_t>(type)].name;
}

int HttpStatusOf(ErrorType type) {
  return kErrorKinds[static_cast<size_t>(type)].http_status;
}

ApiError InvalidParameter(std::string_view parameter, std::string_view message) {
  return {ErrorType::kBadData, fmt::format("invalid parameter {}: {}", Quote(parameter), message)};
}

ApiError InvalidParameter(std::string_view parameter, const Status& status) {
  return InvalidParameter(parameter, MessageOf(status));
}

ApiError BadData(const Status& status) {
  return {ErrorType::kBadData, std::string(MessageOf(status))};
}

ApiError QueryError(const Status& status) {
  if (absl::IsInvalidArgument(status)) return InvalidParameter("query", status);
  return {TypeOf(status.code()), std::string(MessageOf(status))};
}

ApiError LookupError(const Status& status) {
  return {TypeOf(status.code()), std::string(MessageOf(status))};
}

}  // namespace silverback

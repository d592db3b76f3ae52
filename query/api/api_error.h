// What went wrong, in the API's words.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/status.h"

namespace silverback {

enum class ErrorType : uint8_t {
  kBadData,
  kExecution,
  kTimeout,
  kCanceled,
  kInternal,
  kUnavailable,
  kNotFound,
};

/// "bad_data", "execution", ...
std::string_view ErrorTypeName(ErrorType type);
/// 400, 422, 503, 503, 500, 503, 404.
int HttpStatusOf(ErrorType type);

struct ApiError {
  ErrorType type = ErrorType::kInternal;
  std::string message;
};

/// `invalid parameter "step": ...`, bad_data.
ApiError InvalidParameter(std::string_view parameter, const Status& status);
ApiError InvalidParameter(std::string_view parameter, std::string_view message);
ApiError BadData(const Status& status);

/// What a failed evaluation is to the client. A query that does not parse is an invalid parameter "query".
ApiError QueryError(const Status& status);
/// What a failed look-up of series or labels is to the client.
ApiError LookupError(const Status& status);

}  // namespace silverback

// A request and its answer, as the handlers see them: nothing of HTTP's wire is left.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "query/api/api_error.h"
#include "query/api/json_writer.h"
#include "query/api/parameters.h"
#include "query/api/sink.h"

namespace silverback {

struct ApiRequest {
  std::string method;         // "GET", "POST", ...
  std::string path;           // decoded, without query string and prefix
  FormParameters parameters;  // of a form body and of the URL, merged
  std::string accept;         // the Accept header
  std::string_view body;      // as it came; lives until the handler returns
  std::string path_label;     // what stands for {name} in the route's pattern, decoded
  /// Turns true when nobody waits for the answer any more. May be null.
  const std::atomic<bool>* cancelled = nullptr;
};

struct ApiResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  /// Writes the body; called at most once, after the status and the headers have been decided. Null: no body.
  std::function<void(Sink&)> body;
};

/// Notices that go with a successful answer.
struct Notices {
  std::vector<std::string> warnings;
  std::vector<std::string> infos;
};

/// `{"status":"success","data":...}`, `data` written by `write_data`; at most ten warnings and ten infos follow, and a
/// count of what was left out, as upstream does.
ApiResponse Success(std::function<void(JsonWriter&)> write_data, Notices notices = {});

/// `{"status":"error","errorType":...,"error":...}` with the status code of the error's type.
ApiResponse Failure(const ApiError& error);

/// A plain-text answer.
ApiResponse PlainText(int status, std::string text);

/// 204.
ApiResponse NoContent();

}  // namespace silverback

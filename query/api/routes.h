// Which handler answers what.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "query/api/context.h"
#include "query/api/request.h"

namespace silverback {

/// One endpoint. In a pattern `{name}` stands for one non-empty path segment.
struct Route {
  std::string_view methods;  // "GET POST"; HEAD comes with GET
  std::string_view pattern;
  ApiResponse (*handler)(ApiContext& context, const ApiRequest& request);
  std::string_view summary;  // a sentence
  /// Names separated by spaces; "[]" ends those that may be repeated, "!" those that must be there.
  std::string_view parameters = "";
};

/// All endpoints.
std::span<const Route> Routes();

/// The route for a decoded path, whatever the method; null if there is none. `*path_label` becomes what `{name}` stands
/// for.
const Route* FindRoute(std::string_view path, std::string* path_label);

/// Whether the route takes the method.
bool Allows(const Route& route, std::string_view method);

/// Answers one request: 404 for unknown paths, 405 (with Allow) for methods that the path does not take, 204 for OPTIONS.
/// `request.path` is the path as the client wrote it, still percent-encoded: it is split first, so that an encoded slash
/// may stand in a label name.
ApiResponse Dispatch(ApiContext& context, ApiRequest request);

}  // namespace silverback

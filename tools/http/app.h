// The server's site: the API, remote_write, CORS, and a page that says what this is.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <re2/re2.h>
#include <string>

#include "engine/base/status.h"
#include "query/api/context.h"
#include "query/api/request.h"
#include "remote_write/receiver/receiver.h"
#include "tools/http/message.h"
#include "tools/http/server.h"

namespace silverback::http {

struct AppOptions {
  std::string cors_origin = ".*";            // --web.cors.origin, fully anchored
  std::string route_prefix;                  // --web.route-prefix: "" or "/name"
  size_t max_form_bytes = size_t{10} << 20;  // bodies other than remote_write's
};

/// Binds requests to handlers. Safe for concurrent use.
class App {
 public:
  /// `context` and `receiver` outlive the app. InvalidArgument when the CORS origin does not compile.
  static StatusOr<std::unique_ptr<App>> Create(const AppOptions& options, ApiContext* context,
                                               Receiver* receiver);

  /// For `Server`.
  BodyRule Admit(const RequestHead& head);
  ApiResponse Handle(const Request& request);

  /// The families of requests and of remote_write.
  void WriteMetrics(MetricFamilies& metrics) const;

 private:
  App(const AppOptions& options, ApiContext* context, Receiver* receiver);
  ApiResponse Route(const Request& request, std::string_view path, std::string_view* label);
  ApiResponse Write(const Request& request);
  void AddCommonHeaders(const Headers& headers, ApiResponse* response) const;
  /// The path without the prefix; false when it does not begin with it.
  bool StripPrefix(std::string_view* path) const;
  void Count(std::string_view label, int status, double seconds);

  AppOptions options_;
  re2::RE2 cors_origin_;
  ApiContext* context_;
  Receiver* receiver_;
  mutable std::mutex counts_mutex_;
  std::map<std::pair<std::string, int>, uint64_t> requests_;  // by route and status
  std::map<std::string, LatencyHistogram> durations_;         // by route
};

}  // namespace silverback::http

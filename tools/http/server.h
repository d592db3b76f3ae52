// An HTTP/1.1 server: sockets, framing, keep-alive, limits. What is answered is the handler's affair.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "engine/base/status.h"
#include "query/api/request.h"
#include "tools/http/message.h"

namespace silverback::http {

struct ServerOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 0;  // 0: any free one
  size_t max_connections = 512;
  /// For the whole of a request to arrive, and for an idle connection to send the next.
  std::chrono::milliseconds read_timeout{5 * 60 * 1000};
  /// Bytes of request bodies in memory at once; above it requests with a body are answered with 503.
  size_t max_inflight_body_bytes = size_t{1} << 30;
};

/// How large a request's body may be, and what is answered when it is larger.
struct BodyRule {
  size_t max_bytes = 0;
  std::function<ApiResponse(size_t bytes)> too_large;
};

class Server {
 public:
  /// Called on a worker thread, many at once.
  using Handler = std::function<ApiResponse(const Request& request)>;
  /// Called before the body is read.
  using Admission = std::function<BodyRule(const RequestHead& head)>;

  /// Listens and serves until `Stop` or destruction. Unavailable when the address cannot be bound.
  static StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options, Admission admission,
                                                 Handler handler);
  virtual ~Server() = default;

  /// Where it listens.
  virtual uint16_t port() const = 0;

  /// Takes no more requests, waits up to `grace` for those that run, then cancels them and waits for their end.
  virtual void Stop(std::chrono::milliseconds grace) = 0;

  virtual size_t connections() const = 0;
  virtual size_t busy_connections() const = 0;
};

}  // namespace silverback::http

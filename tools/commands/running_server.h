// A server with everything behind it.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "engine/base/status.h"
#include "engine/database/database.h"
#include "query/api/context.h"
#include "query/exec/engine.h"
#include "remote_write/receiver/receiver.h"
#include "tools/commands/serve_options.h"
#include "tools/http/app.h"
#include "tools/http/server.h"

namespace silverback {

/// Database, engine, receiver and HTTP server, wired. Destruction stops the server, then closes the database.
class RunningServer {
 public:
  /// Opens the data directory and listens. Errors say which of them failed.
  static StatusOr<std::unique_ptr<RunningServer>> Start(
      const ServeOptions& options, std::vector<std::pair<std::string, std::string>> flags);
  ~RunningServer();
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;

  /// "127.0.0.1:9090", with the port that was taken.
  std::string address() const;
  /// Where clients find it: with scheme and --web.route-prefix.
  std::string url() const { return "http://" + address() + route_prefix_; }
  uint16_t port() const { return server_->port(); }
  const http::Server& server() const { return *server_; }
  Database& database() { return *database_; }

  /// Takes no more requests and ends those that run; the database stays open.
  void Stop(std::chrono::milliseconds grace);

 private:
  RunningServer() = default;

  HostAndPort listen_;
  std::string route_prefix_;
  // In the order of dependence: each uses those above it.
  std::unique_ptr<Database> database_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<ApiContext> context_;
  std::unique_ptr<Receiver> receiver_;
  std::unique_ptr<http::App> app_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace silverback

#include "tools/commands/running_server.h"

#include "tools/commands/build_id.h"

namespace silverback {

StatusOr<std::unique_ptr<RunningServer>> RunningServer::Start(
    const ServeOptions& options, std::vector<std::pair<std::string, std::string>> flags) {
  std::unique_ptr<RunningServer> running(new RunningServer());
  running->listen_ = options.listen;
  running->route_prefix_ = options.app.route_prefix;
  ASSIGN_OR_RETURN(running->database_, Database::Open(options.database));
  running->engine_ = Engine::Create(running->database_.get(), options.engine);
  running->context_ = std::make_unique<ApiContext>();
  ApiContext& context = *running->context_;
  context.database = running->database_.get();
  context.engine = running->engine_.get();
  context.options.enable_admin = options.enable_admin_api;
  context.options.per_step_statistics = options.per_step_statistics;
  context.options.enable_search = options.enable_search;
  context.options.slow_query_ms = options.slow_query_ms;
  context.options.remote_read_samples_max = options.remote_read_samples_max;
  context.options.remote_read_concurrency = options.remote_read_concurrency;
  context.options.remote_read_frame_bytes = options.remote_read_frame_bytes;
  context.options.search_limit_max = options.search_limit_max;
  context.options.flags = std::move(flags);
  context.options.revision = BuildId();
  context.options.external_url = options.external_url;
  context.options.started_ms = WallClockMs();
  context.options.clock = options.database.clock;
  running->receiver_ = std::make_unique<Receiver>(context.database, options.receiver);
  ASSIGN_OR_RETURN(running->app_,
                   http::App::Create(options.app, &context, running->receiver_.get()));
  http::App* app = running->app_.get();
  context.collectors.push_back([app](MetricFamilies& metrics) { app->WriteMetrics(metrics); });
  // The server's own figures are read through a pointer that is set before anyone can ask: it is null only while the
  // server starts.
  context.collectors.push_back([&server = running->server_](MetricFamilies& metrics) {
    if (server == nullptr) return;
    metrics.Gauge("silverback_http_connections", "Open connections.",
                  static_cast<double>(server->connections()));
    metrics.Gauge("silverback_http_connections_busy", "Connections with a request being answered.",
                  static_cast<double>(server->busy_connections()));
  });
  http::ServerOptions server_options = options.server;
  server_options.host = options.listen.host;
  server_options.port = options.listen.port;
  ASSIGN_OR_RETURN(
      running->server_,
      http::Server::Start(
          server_options, [app](const http::RequestHead& head) { return app->Admit(head); },
          [app](const http::Request& request) { return app->Handle(request); }));
  return running;
}

RunningServer::~RunningServer() {
  if (server_ != nullptr) Stop(std::chrono::milliseconds(0));
}

std::string RunningServer::address() const {
  return FormatAddress({listen_.host.empty() ? "0.0.0.0" : listen_.host, server_->port()});
}

void RunningServer::Stop(std::chrono::milliseconds grace) {
  context_->ready = false;
  server_->Stop(grace);
}

}  // namespace silverback

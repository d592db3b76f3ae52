#include "tools/http/app.h"

#include <chrono>

#include "query/api/routes.h"
#include "tools/http/receiver_metrics.h"

namespace silverback::http {
namespace {

constexpr std::string_view kWritePath = "/api/v1/write";

constexpr std::string_view kHomePage = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Silverback</title>
<style>body{font-family:sans-serif;max-width:40em;margin:3em auto;line-height:1.5}</style></head><body>
<h1>Silverback</h1>
<p>A time-series database that speaks Prometheus: it takes <code>remote_write</code> and answers PromQL.</p>
<ul>
<li>Write to it: <code>remote_write: [{url: "http://this-host/api/v1/write"}]</code> in <code>prometheus.yml</code>.</li>
<li>Read from it: in Grafana, a data source of type Prometheus with this server's URL.</li>
</ul>
<p><a href="metrics">metrics</a> · <a href="api/v1/status/buildinfo">build</a> ·
<a href="api/v1/status/flags">flags</a> · <a href="api/v1/status/tsdb">cardinality</a> ·
<a href="api/v1/labels">labels</a> · <a href="-/healthy">health</a></p>
</body></html>
)";

ApiResponse HomePage() {
  ApiResponse response = PlainText(200, std::string(kHomePage));
  response.content_type = "text/html; charset=utf-8";
  return response;
}

ApiResponse FromWriteAnswer(WriteHttpAnswer answer) {
  const int retry_after = answer.retry_after_seconds;
  ApiResponse response =
      answer.status == 204 ? NoContent() : PlainText(answer.status, std::move(answer.text));
  if (answer.written.has_value()) {
    for (const auto& [what, count] : {std::pair("Samples", answer.written->samples),
                                      std::pair("Histograms", answer.written->histograms),
                                      std::pair("Exemplars", answer.written->exemplars)}) {
      response.headers.emplace_back(fmt::format("X-Prometheus-Remote-Write-{}-Written", what),
                                    std::to_string(count));
    }
  }
  if (retry_after > 0) response.headers.emplace_back("Retry-After", std::to_string(retry_after));
  return response;
}

bool IsForm(const Headers& headers) {
  const std::string_view type = headers.Get("Content-Type");
  std::string_view media = type.substr(0, type.find(';'));
  while (media.ends_with(' ')) media.remove_suffix(1);
  return EqualIgnoringCase(media, "application/x-www-form-urlencoded");
}

}  // namespace

StatusOr<std::unique_ptr<App>> App::Create(const AppOptions& options, ApiContext* context,
                                           Receiver* receiver) {
  auto app = std::unique_ptr<App>(new App(options, context, receiver));
  if (!app->cors_origin_.ok()) {
    return InvalidArgument("--web.cors.origin: {}", app->cors_origin_.error());
  }
  return app;
}

App::App(const AppOptions& options, ApiContext* context, Receiver* receiver)
    : options_(options),
      cors_origin_(options.cors_origin, re2::RE2::Quiet),
      context_(context),
      receiver_(receiver) {}

bool App::StripPrefix(std::string_view* path) const {
  if (options_.route_prefix.empty()) return true;
  if (!path->starts_with(options_.route_prefix)) return false;
  path->remove_prefix(options_.route_prefix.size());
  if (path->empty()) *path = "/";
  return path->front() == '/';
}

BodyRule App::Admit(const RequestHead& head) {
  std::string_view path = head.path;
  if (StripPrefix(&path) && path == kWritePath) {
    return {receiver_->limits().max_compressed_bytes,
            [this](size_t bytes) { return FromWriteAnswer(receiver_->RefuseBody(bytes)); }};
  }
  return {options_.max_form_bytes, [this](size_t bytes) {
            return PlainText(413, fmt::format("the body has {} bytes; the limit is {}\n", bytes,
                                              options_.max_form_bytes));
          }};
}

ApiResponse App::Write(const Request& request) {
  return FromWriteAnswer(
      receiver_->Handle({request.head.headers.Get("Content-Type"),
                         request.head.headers.Get("Content-Encoding"), request.body}));
}

ApiResponse App::Route(const Request& request, std::string_view path, std::string_view* label) {
  *label = "other";
  const std::string& method = request.head.method;
  if (!StripPrefix(&path)) {
    if (path != "/") return PlainText(404, "404 page not found\n");
    ApiResponse response = PlainText(302, "");
    response.headers.emplace_back("Location", options_.route_prefix + "/");
    return response;
  }
  if (path == "/" && (method == "GET" || method == "HEAD")) return HomePage();
  if (path == kWritePath) {
    *label = kWritePath;
    if (method == "POST") return Write(request);
    if (method == "OPTIONS") return NoContent();
    ApiResponse response = PlainText(405, "Method Not Allowed\n");
    response.headers.emplace_back("Allow", "POST, OPTIONS");
    return response;
  }
  ApiRequest api;
  api.method = method;
  api.path = path;
  api.body = request.body;
  api.accept = request.head.headers.Get("Accept");
  api.cancelled = request.cancelled;
  const bool form = method == "POST" || method == "PUT";
  if (form && IsForm(request.head.headers)) api.parameters.AddEncoded(request.body);
  api.parameters.AddEncoded(request.head.query);
  std::string ignored;
  if (const silverback::Route* route = FindRoute(path, &ignored)) *label = route->pattern;
  return Dispatch(*context_, std::move(api));
}

void App::AddCommonHeaders(const Headers& headers, ApiResponse* response) const {
  response->headers.emplace_back("Vary", "Accept-Encoding, Origin");
  const std::string_view origin = headers.Get("Origin");
  if (origin.empty()) return;
  response->headers.emplace_back("Access-Control-Allow-Headers",
                                 "Accept, Authorization, Content-Type, Origin");
  response->headers.emplace_back("Access-Control-Allow-Methods", "GET, POST, OPTIONS");
  response->headers.emplace_back("Access-Control-Expose-Headers", "Date");
  if (options_.cors_origin == ".*") {
    response->headers.emplace_back("Access-Control-Allow-Origin", "*");
  } else if (re2::RE2::FullMatch(re2::StringPiece(origin.data(), origin.size()), cors_origin_)) {
    response->headers.emplace_back("Access-Control-Allow-Origin", origin);
  }
}

ApiResponse App::Handle(const Request& request) {
  const auto started = std::chrono::steady_clock::now();
  std::string_view label;
  ApiResponse response = Route(request, request.head.path, &label);
  AddCommonHeaders(request.head.headers, &response);
  Count(label, response.status,
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
  return response;
}

void App::Count(std::string_view label, int status, double seconds) {
  const std::lock_guard lock(counts_mutex_);
  ++requests_[{std::string(label), status}];
  durations_.try_emplace(std::string(label)).first->second.Observe(seconds);
}

void App::WriteMetrics(MetricFamilies& metrics) const {
  {
    const std::lock_guard lock(counts_mutex_);
    metrics.Family("silverback_http_requests_total", "counter",
                   "Requests answered, by endpoint and status code.");
    for (const auto& [key, count] : requests_) {
      metrics.Sample(count, {{"handler", key.first}, {"code", std::to_string(key.second)}});
    }
    metrics.Family("silverback_http_request_duration_seconds", "histogram",
                   "Time from the complete request to the answer's first byte, by endpoint.");
    for (const auto& [label, histogram] : durations_) {
      metrics.Sample(histogram, {{"handler", label}});
    }
  }
  WriteReceiverMetrics(metrics, receiver_->metrics());
}

}  // namespace silverback::http

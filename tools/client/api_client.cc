#include "tools/client/api_client.h"

#include <algorithm>
#include <httplib.h>
#include <utility>

namespace silverback {

struct ApiClient::Impl {
  Impl(const std::string& origin, std::string path_prefix)
      : client(origin), prefix(std::move(path_prefix)), url(origin) {}

  StatusOr<HttpAnswer> Answer(httplib::Result result, const std::string& path) const {
    if (!result) {
      return Error(absl::StatusCode::kUnavailable, "no answer from {}{}: {}", url, prefix + path,
                   httplib::to_string(result.error()));
    }
    return HttpAnswer{result->status, std::move(result->body)};
  }

  httplib::Client client;
  std::string prefix;
  std::string url;
  size_t longest_body = 0;  // of all that were asked for by `Get`
};

ApiClient::ApiClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ApiClient::~ApiClient() = default;

StatusOr<std::unique_ptr<ApiClient>> ApiClient::Create(const std::string& url) {
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme) || url.size() == kScheme.size()) {
    return InvalidArgument("{} is not a URL of the form http://host:port[/prefix]", url);
  }
  const size_t slash = url.find('/', kScheme.size());
  std::string prefix = slash == std::string::npos ? "" : url.substr(slash);
  while (prefix.ends_with('/')) prefix.pop_back();
  auto impl = std::make_unique<Impl>(url.substr(0, slash), std::move(prefix));
  if (!impl->client.is_valid()) return InvalidArgument("{} is not a usable URL", url);
  impl->client.set_keep_alive(true);
  impl->client.set_tcp_nodelay(true);
  impl->client.set_read_timeout(600, 0);
  impl->client.set_write_timeout(600, 0);
  return std::unique_ptr<ApiClient>(new ApiClient(std::move(impl)));
}

void ApiClient::set_timeout_seconds(int seconds) {
  impl_->client.set_read_timeout(seconds, 0);
  impl_->client.set_write_timeout(seconds, 0);
}

StatusOr<HttpAnswer> ApiClient::Get(const std::string& path, const Parameters& parameters) {
  httplib::Request request;
  request.method = "GET";
  request.path = httplib::append_query_params(
      impl_->prefix + path, httplib::Params(parameters.begin(), parameters.end()));
  // The library would let the text grow piece by piece and copy it again each time that it has doubled.
  std::string body;
  body.reserve(impl_->longest_body);
  request.content_receiver = [&body](const char* data, size_t size, uint64_t, uint64_t) {
    body.append(data, size);
    return true;
  };
  ASSIGN_OR_RETURN(HttpAnswer answer, impl_->Answer(impl_->client.send(request), path));
  impl_->longest_body = std::max(impl_->longest_body, body.size());
  answer.body = std::move(body);
  return answer;
}

StatusOr<HttpAnswer> ApiClient::PostForm(const std::string& path, const Parameters& parameters) {
  const httplib::Params params(parameters.begin(), parameters.end());
  return impl_->Answer(impl_->client.Post(impl_->prefix + path, params), path);
}

StatusOr<HttpAnswer> ApiClient::PostForLines(
    const std::string& path, const Parameters& parameters,
    const std::function<void(std::string_view line)>& on_line) {
  httplib::Request request;
  request.method = "POST";
  request.path = impl_->prefix + path;
  request.body =
      httplib::detail::params_to_query_str(httplib::Params(parameters.begin(), parameters.end()));
  request.set_header("Content-Type", "application/x-www-form-urlencoded");
  std::string rest;
  request.content_receiver = [&](const char* data, size_t size, uint64_t, uint64_t) {
    rest.append(data, size);
    for (size_t end; (end = rest.find('\n')) != std::string::npos; rest.erase(0, end + 1)) {
      on_line(std::string_view(rest).substr(0, end));
    }
    return true;
  };
  auto answer = impl_->Answer(impl_->client.send(request), path);
  if (answer.ok() && !rest.empty()) on_line(rest);
  return answer;
}

StatusOr<HttpAnswer> ApiClient::Write(const std::string& body) {
  const httplib::Headers headers{{"Content-Encoding", "snappy"},
                                 {"X-Prometheus-Remote-Write-Version", "0.1.0"},
                                 {"User-Agent", "silverback"}};
  return impl_->Answer(
      impl_->client.Post(impl_->prefix + "/api/v1/write", headers, body, "application/x-protobuf"),
      "/api/v1/write");
}

}  // namespace silverback

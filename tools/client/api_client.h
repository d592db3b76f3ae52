// Talking to a server of the Prometheus API over HTTP.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/status.h"

namespace silverback {

using Parameters = std::vector<std::pair<std::string, std::string>>;

struct HttpAnswer {
  int status = 0;
  std::string body;
};

/// One keep-alive connection to one server. One thread at a time.
class ApiClient {
 public:
  /// `url` is http://host:port, with an optional path prefix. InvalidArgument if it is something
  /// else.
  static StatusOr<std::unique_ptr<ApiClient>> Create(const std::string& url);
  ~ApiClient();

  /// Requests fail (Unavailable) only when no answer comes; what the server says is in the answer,
  /// whatever its code.
  StatusOr<HttpAnswer> Get(const std::string& path, const Parameters& parameters = {});
  StatusOr<HttpAnswer> PostForm(const std::string& path, const Parameters& parameters);
  /// As PostForm, but hands over each line of the answer as it comes; the body of what is returned is empty.
  StatusOr<HttpAnswer> PostForLines(const std::string& path, const Parameters& parameters,
                                    const std::function<void(std::string_view line)>& on_line);
  /// One remote_write 1.0 request with a body from `WriteRequestBuilder::Finish`.
  StatusOr<HttpAnswer> Write(const std::string& body);

  /// Seconds to wait for an answer; 600 at first.
  void set_timeout_seconds(int seconds);

 private:
  struct Impl;
  explicit ApiClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace silverback

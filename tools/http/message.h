// HTTP/1.1 requests as they come off the wire.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace silverback::http {

/// Header fields in the order in which they came. Names compare without regard to case.
class Headers {
 public:
  void Add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
  }
  /// The first value of `name`, or "".
  std::string_view Get(std::string_view name) const;
  bool Has(std::string_view name) const;
  /// True if one of the comma-separated elements of any field `name` is `token`, whatever its case.
  bool HasToken(std::string_view name, std::string_view token) const;
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

bool EqualIgnoringCase(std::string_view a, std::string_view b);

/// What stands before a request's body.
struct RequestHead {
  std::string method;
  std::string path;   // as sent, percent-encoded; begins with '/', or is "*"
  std::string query;  // as sent, without the '?'
  int minor_version = 1;
  Headers headers;
  bool chunked = false;
  std::optional<uint64_t> content_length;

  bool has_body() const { return chunked || content_length.value_or(0) > 0; }
  bool keep_alive() const;
};

struct Request {
  RequestHead head;
  std::string body;
  /// Turns true when the client has gone, or the server stops. Never null while a handler runs.
  const std::atomic<bool>* cancelled = nullptr;
};

/// Whether a client that sends this Accept-Encoding takes gzip.
bool AcceptsGzip(const Headers& headers);

}  // namespace silverback::http

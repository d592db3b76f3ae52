#include "tools/http/head_parser.h"

#include <algorithm>
#include <charconv>

namespace silverback::http {
namespace {

ParseError Bad(std::string reason) {
  return {400, std::move(reason)};
}

bool IsTokenChar(char c) {
  constexpr std::string_view kPunctuation = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kPunctuation.find(c) != std::string_view::npos;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenChar);
}

/// The next line without its end; `*rest` moves behind it.
std::string_view TakeLine(std::string_view* rest) {
  const size_t end = std::min(rest->find('\n'), rest->size());
  std::string_view line = rest->substr(0, end);
  rest->remove_prefix(std::min(rest->size(), end + 1));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// "http://host/path?query" becomes "/path?query".
std::string_view WithoutAuthority(std::string_view target) {
  const size_t scheme = target.find("://");
  if (target.starts_with('/') || scheme == std::string_view::npos) return target;
  const size_t path = target.find_first_of("/?", scheme + 3);
  return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

ParseError ParseTarget(std::string_view target, RequestHead* out) {
  const auto forbidden = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; };
  if (target.empty()) return Bad("malformed request line");
  if (std::any_of(target.begin(), target.end(), forbidden)) {
    return Bad("the request target holds a control character");
  }
  target = WithoutAuthority(target);
  target = target.substr(0, target.find('#'));
  const size_t question = target.find('?');
  out->path = target.substr(0, question);
  out->query =
      question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
  if (out->path.empty()) out->path.push_back('/');
  if (out->path.front() != '/' && out->path != "*") return Bad("the request target is no path");
  return {};
}

ParseError ParseRequestLine(std::string_view line, RequestHead* out) {
  const size_t method_end = line.find(' ');
  const size_t version_begin = line.rfind(' ');
  if (method_end == std::string_view::npos || version_begin <= method_end) {
    return Bad("malformed request line");
  }
  out->method = line.substr(0, method_end);
  if (!IsToken(out->method)) return Bad("malformed method");
  const std::string_view version = line.substr(version_begin + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    if (!version.starts_with("HTTP/")) return Bad("malformed request line");
    return {505, "only HTTP/1.0 and HTTP/1.1 are supported"};
  }
  out->minor_version = version.back() - '0';
  return ParseTarget(line.substr(method_end + 1, version_begin - method_end - 1), out);
}

ParseError ParseField(std::string_view line, RequestHead* out) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || !IsToken(line.substr(0, colon))) {
    return Bad("malformed header field");
  }
  std::string_view value = line.substr(colon + 1);
  const size_t begin = value.find_first_not_of(" \t");
  value = begin == std::string_view::npos
              ? std::string_view()
              : value.substr(begin, value.find_last_not_of(" \t") + 1 - begin);
  const auto forbidden = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  };
  if (std::any_of(value.begin(), value.end(), forbidden)) {
    return Bad("a header field holds a control character");
  }
  out->headers.Add(std::string(line.substr(0, colon)), std::string(value));
  return {};
}

ParseError ReadContentLength(std::string_view text, RequestHead* out) {
  uint64_t length = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), length);
  if (text.empty() || result.ec != std::errc() || result.ptr != text.data() + text.size()) {
    return Bad("malformed Content-Length");
  }
  if (out->content_length.has_value() && *out->content_length != length) {
    return Bad("two different Content-Length fields");
  }
  out->content_length = length;
  return {};
}

ParseError ReadFraming(RequestHead* out) {
  size_t hosts = 0;
  for (const auto& [name, value] : out->headers.fields()) {
    if (EqualIgnoringCase(name, "Host")) ++hosts;
    if (EqualIgnoringCase(name, "Content-Length")) {
      if (auto error = ReadContentLength(value, out); error.status != 0) return error;
    }
    if (EqualIgnoringCase(name, "Transfer-Encoding")) {
      if (out->chunked || !EqualIgnoringCase(value, "chunked")) {
        return {501, "the only transfer encoding supported is chunked"};
      }
      out->chunked = true;
    }
  }
  if (out->chunked && out->content_length.has_value()) {
    return Bad("Content-Length beside Transfer-Encoding");
  }
  if (hosts > 1 || (hosts == 0 && out->minor_version == 1)) {
    return Bad("exactly one Host header field is required");
  }
  return {};
}

}  // namespace

size_t HeadLength(std::string_view bytes) {
  for (size_t at = bytes.find('\n'); at != std::string_view::npos; at = bytes.find('\n', at + 1)) {
    const std::string_view rest = bytes.substr(at + 1, 2);
    if (rest.starts_with('\n')) return at + 2;
    if (rest == "\r\n") return at + 3;
  }
  return 0;
}

ParseError ParseHead(std::string_view head, RequestHead* out) {
  std::string_view rest = head;
  if (auto error = ParseRequestLine(TakeLine(&rest), out); error.status != 0) return error;
  while (!rest.empty()) {
    const std::string_view line = TakeLine(&rest);
    if (line.empty()) break;
    if (out->headers.fields().size() == kMaxHeaderFields) return {431, "too many header fields"};
    if (auto error = ParseField(line, out); error.status != 0) return error;
  }
  return ReadFraming(out);
}

}  // namespace silverback::http

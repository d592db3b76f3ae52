#include "tests/support/raw_client/raw_client.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cctype>
#include <cstdlib>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include "engine/base/check.h"

namespace silverback::testing {
namespace {

constexpr int kPatienceMs = 120000;

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string Gunzip(const std::string& bytes) {
  z_stream stream{};
  SB_CHECK_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  int result = Z_OK;
  while (result == Z_OK) {
    char piece[16384];
    stream.next_out = reinterpret_cast<Bytef*>(piece);
    stream.avail_out = sizeof(piece);
    result = inflate(&stream, Z_NO_FLUSH);
    out.append(piece, sizeof(piece) - stream.avail_out);
  }
  inflateEnd(&stream);
  return result == Z_STREAM_END ? out : "(damaged gzip)";
}

}  // namespace

std::string RawAnswer::text() const {
  return header("content-encoding") == "gzip" ? Gunzip(body) : body;
}

std::string RawAnswer::header(const std::string& lower_case_name) const {
  const auto found = headers.find(lower_case_name);
  return found == headers.end() ? "" : found->second;
}

RawClient::RawClient(uint16_t port) {
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  SB_CHECK(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
}

RawClient::~RawClient() {
  Close();
}

void RawClient::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

void RawClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

bool RawClient::Fill() {
  pollfd waited{fd_, POLLIN, 0};
  if (poll(&waited, 1, kPatienceMs) <= 0) return false;
  char piece[65536];
  const ssize_t got = recv(fd_, piece, sizeof(piece), 0);
  if (got <= 0) return false;
  buffer_.append(piece, static_cast<size_t>(got));
  return true;
}

std::string RawClient::TakeLine() {
  size_t end = 0;
  while ((end = buffer_.find("\r\n")) == std::string::npos) {
    if (!Fill()) return "";
  }
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return line;
}

std::string RawClient::Take(size_t bytes) {
  while (buffer_.size() < bytes && Fill()) {
  }
  std::string taken = buffer_.substr(0, bytes);
  buffer_.erase(0, taken.size());
  return taken;
}

RawAnswer RawClient::Read(bool has_body) {
  RawAnswer answer;
  const std::string first = TakeLine();
  if (!first.starts_with("HTTP/1.1 ")) return answer;
  answer.status = std::atoi(first.c_str() + 9);
  for (std::string line = TakeLine(); !line.empty(); line = TakeLine()) {
    const size_t colon = line.find(": ");
    answer.headers[Lower(line.substr(0, colon))] = line.substr(colon + 2);
  }
  if (answer.status == 100) return Read(has_body);
  if (!has_body || answer.status == 204) return answer;
  if (answer.header("transfer-encoding") == "chunked") {
    for (;;) {
      const size_t size = std::strtoul(TakeLine().c_str(), nullptr, 16);
      answer.body += Take(size);
      TakeLine();
      if (size == 0) return answer;
    }
  }
  if (const std::string length = answer.header("content-length"); !length.empty()) {
    answer.body = Take(std::strtoul(length.c_str(), nullptr, 10));
    return answer;
  }
  while (Fill()) {
  }
  answer.body.swap(buffer_);
  return answer;
}

bool RawClient::Closed(int timeout_ms) {
  pollfd waited{fd_, POLLIN, 0};
  char byte = 0;
  return poll(&waited, 1, timeout_ms) > 0 && recv(fd_, &byte, 1, MSG_PEEK) <= 0;
}

std::string RawClient::Get(std::string_view target, std::string_view headers) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: test\r\n{}\r\n", target, headers);
}

std::string RawClient::PostForm(std::string_view target, std::string_view body,
                                std::string_view content_type) {
  return fmt::format(
      "POST {} HTTP/1.1\r\nHost: test\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{}", target,
      content_type, body.size(), body);
}

std::string Encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-') {
      out.push_back(c);
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace silverback::testing

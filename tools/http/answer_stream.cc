#include "tools/http/answer_stream.h"

#include <ctime>
#include <fmt/format.h>
#include <span>

namespace silverback::http {
namespace {

constexpr size_t kPieceBytes = 64 << 10;
constexpr size_t kMinGzipBytes = 1024;
/// Whoever writes so much at once will write more.
constexpr size_t kLongBytes = 16 << 10;

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Request Entity Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Entity";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

/// Collects the body. As long as it is small nothing is sent, so that its length can be told; beyond that the headers go
/// out and chunks follow.
class BodyStream : public Sink {
 public:
  BodyStream(Connection& connection, const RequestHead& head, std::string headers, bool gzip)
      : connection_(connection),
        headers_(std::move(headers)),
        gzip_allowed_(gzip),
        chunks_allowed_(head.minor_version >= 1) {}

  bool Write(std::string_view bytes) override {
    if (failed_) return false;
    // The answer is longer than a few labels, then: room for what is held back at most.
    if (bytes.size() >= kLongBytes) pending_.reserve(kPieceBytes + bytes.size());
    pending_.append(bytes);
    return pending_.size() < kPieceBytes || Emit(/*flush=*/false);
  }

  bool Flush() override { return !failed_ && Emit(/*flush=*/true); }

  /// Sends what is left. False if the client has gone.
  bool Finish() {
    if (failed_) return false;
    return started_ ? FinishStream() : SendWhole();
  }

 private:
  void Start() {
    started_ = true;
    if (gzip_allowed_) {
      gzip_.emplace();
      headers_ += "Content-Encoding: gzip\r\n";
    }
    if (chunks_allowed_) headers_ += "Transfer-Encoding: chunked\r\n";
    headers_ += "\r\n";
  }

  bool Emit(bool flush) {
    if (!started_) Start();
    if (gzip_.has_value()) {
      encoded_.clear();
      flush ? gzip_->Flush(pending_, &encoded_) : gzip_->Add(pending_, &encoded_);
    }
    return SendPiece("");
  }

  bool FinishStream() {
    if (gzip_.has_value()) {
      encoded_.clear();
      gzip_->Finish(pending_, &encoded_);
    }
    return SendPiece(chunks_allowed_ ? "0\r\n\r\n" : "");
  }

  bool SendWhole() {
    const bool gzip = gzip_allowed_ && pending_.size() >= kMinGzipBytes;
    if (gzip) {
      GzipStream().Finish(pending_, &encoded_);
      headers_ += "Content-Encoding: gzip\r\n";
    }
    const std::string_view body = gzip ? encoded_ : pending_;
    headers_ += fmt::format("Content-Length: {}\r\n\r\n", body.size());
    const std::string_view pieces[] = {headers_, body};
    return SendAll(pieces);
  }

  /// Sends what there is of the body as a chunk (an empty one would end it), before the first the headers, then `end`.
  bool SendPiece(std::string_view end) {
    const std::string_view body = gzip_.has_value() ? encoded_ : pending_;
    std::string frame = std::move(headers_);
    headers_.clear();
    const bool chunk = chunks_allowed_ && !body.empty();
    if (chunk) frame += fmt::format("{:x}\r\n", body.size());
    const std::string_view pieces[] = {frame, body, chunk ? "\r\n" : "", end};
    const bool sent = SendAll(pieces);
    pending_.clear();
    return sent;
  }

  bool SendAll(std::span<const std::string_view> pieces) {
    failed_ = !connection_.Send(pieces);
    return !failed_;
  }

  Connection& connection_;
  std::string headers_;
  bool gzip_allowed_;
  bool chunks_allowed_;
  bool started_ = false;
  bool failed_ = false;
  std::string pending_;  // of the body
  std::string encoded_;  // pending_, compressed
  std::optional<GzipStream> gzip_;
};

std::string HeaderText(const ApiResponse& answer, bool keep_alive) {
  std::string text = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", answer.status,
                                 ReasonPhrase(answer.status), HttpDate());
  if (!answer.content_type.empty()) {
    text += fmt::format("Content-Type: {}\r\n", answer.content_type);
  }
  for (const auto& [name, value] : answer.headers) text += fmt::format("{}: {}\r\n", name, value);
  if (!keep_alive) text += "Connection: close\r\n";
  return text;
}

/// True if the body comes encoded from the handler.
bool IsEncoded(const ApiResponse& answer) {
  for (const auto& [name, value] : answer.headers) {
    if (EqualIgnoringCase(name, "Content-Encoding")) return true;
  }
  return false;
}

bool HasBody(const RequestHead& head, int status) {
  return head.method != "HEAD" && status != 204 && status != 304 && status >= 200;
}

}  // namespace

std::string HttpDate() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[utc.tm_wday], utc.tm_mday,
                     kMonths[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

bool SendAnswer(Connection& connection, const RequestHead& head, const ApiResponse& answer,
                bool close) {
  // Without chunks only the end of the connection ends a body of unknown length.
  const bool keep_alive = !close && head.minor_version >= 1;
  std::string headers = HeaderText(answer, keep_alive);
  if (!HasBody(head, answer.status)) {
    headers += "\r\n";
    return connection.Send(headers) && keep_alive;
  }
  BodyStream body(connection, head, std::move(headers),
                  AcceptsGzip(head.headers) && !IsEncoded(answer));
  if (answer.body) answer.body(body);
  return body.Finish() && keep_alive;
}

}  // namespace silverback::http

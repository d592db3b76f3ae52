// One TCP connection to a server on the loopback interface, for tests of what happens on the wire.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace silverback::testing {

struct RawAnswer {
  int status = 0;                              // 0: the connection ended before an answer
  std::map<std::string, std::string> headers;  // names in lower case; of equal ones the last
  std::string body;                            // chunks put together; not decompressed

  /// The body, decompressed if it came so.
  std::string text() const;
  std::string header(const std::string& lower_case_name) const;
};

class RawClient {
 public:
  explicit RawClient(uint16_t port);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void Send(std::string_view bytes);
  /// Reads one answer. `has_body` is false after HEAD.
  RawAnswer Read(bool has_body = true);
  RawAnswer Ask(std::string_view bytes) {
    Send(bytes);
    return Read();
  }
  /// True once the server has closed the connection; waits for it up to `timeout_ms`.
  bool Closed(int timeout_ms = 5000);
  /// Ends the connection at once.
  void Close();

  /// `GET target` with `headers` ("Name: value\r\n" each).
  static std::string Get(std::string_view target, std::string_view headers = "");
  static std::string PostForm(std::string_view target, std::string_view body,
                              std::string_view content_type = "application/x-www-form-urlencoded");

 private:
  bool Fill();
  std::string TakeLine();
  std::string Take(size_t bytes);

  int fd_ = -1;
  std::string buffer_;
};

/// A form value, percent-encoded.
std::string Encode(std::string_view text);

}  // namespace silverback::testing

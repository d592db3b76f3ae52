// Gzip, piece by piece.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace silverback::http {

/// Compresses one stream. Not thread-safe.
class GzipStream {
 public:
  GzipStream();
  ~GzipStream();
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  /// Compresses `bytes`; what comes out now is appended to `*out` (often nothing).
  void Add(std::string_view bytes, std::string* out);
  /// As `Add`, and everything added so far comes out.
  void Flush(std::string_view bytes, std::string* out);
  /// As `Add`, and ends the stream: once, last.
  void Finish(std::string_view bytes, std::string* out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace silverback::http

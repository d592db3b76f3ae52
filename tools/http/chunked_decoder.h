// The chunked transfer encoding of a request's body. Safe on any input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace silverback::http {

/// Takes encoded bytes as they come and appends what they stand for.
class ChunkedDecoder {
 public:
  enum class State : uint8_t { kMore, kDone, kMalformed };

  /// Decodes from the front of `*in`, which is advanced past what was used; appends to `*body`. Chunk extensions and
  /// trailers are skipped. A line (of a size or a trailer) above 4 KiB is malformed.
  State Decode(std::string_view* in, std::string* body);

 private:
  enum class Part : uint8_t { kSize, kData, kDataEnd, kTrailer, kDone };
  bool TakeLine(std::string_view* in);
  bool ReadSize();

  Part part_ = Part::kSize;
  std::string line_;
  bool line_complete_ = false;
  bool malformed_ = false;
  uint64_t left_ = 0;  // of the current chunk
};

}  // namespace silverback::http

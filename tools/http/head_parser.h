// From bytes to a request's head. Safe on any input.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tools/http/message.h"

namespace silverback::http {

inline constexpr size_t kMaxHeadBytes = 256 << 10;
inline constexpr size_t kMaxHeaderFields = 256;

/// Why a request cannot be taken: an HTTP status and a sentence.
struct ParseError {
  int status = 0;  // 0: no error
  std::string reason;
};

/// The bytes of the head at the front of `bytes`, its empty line included; 0 if it is not complete yet. Lines end with
/// CRLF or LF.
size_t HeadLength(std::string_view bytes);

/// Parses a complete head. The request line's target may hold any byte above the space, so that clients that do not encode
/// `{}|[]"` are understood. 400 for what is malformed or ambiguous (two lengths, a length beside chunks, no Host), 431 for
/// too many fields, 501 for transfer encodings other than chunked, 505 for other versions than 1.0 and 1.1.
ParseError ParseHead(std::string_view head, RequestHead* out);

}  // namespace silverback::http

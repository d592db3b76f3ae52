// Request heads and chunked bodies: whatever the bytes, they are refused or read within their bounds, and a chunked body
// reads the same however it is cut.
#include <algorithm>

#include "fuzz.h"

#include "engine/base/check.h"
#include "query/api/parameters.h"
#include "tools/http/chunked_decoder.h"
#include "tools/http/head_parser.h"

namespace {

using namespace silverback;        // NOLINT: this file is a leaf
using namespace silverback::http;  // NOLINT

struct Decoded {
  ChunkedDecoder::State state = ChunkedDecoder::State::kMore;
  std::string body;
};

Decoded DecodeInPieces(std::string_view bytes, size_t piece) {
  ChunkedDecoder decoder;
  Decoded decoded;
  while (!bytes.empty() && decoded.state == ChunkedDecoder::State::kMore) {
    std::string_view in = bytes.substr(0, piece);
    const size_t given = in.size();
    decoded.state = decoder.Decode(&in, &decoded.body);
    bytes.remove_prefix(given - in.size());
    if (decoded.state == ChunkedDecoder::State::kMore) SB_CHECK(in.empty());
  }
  return decoded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const size_t length = HeadLength(bytes);
  SB_CHECK_LE(length, size);
  RequestHead head;
  const ParseError error = ParseHead(bytes.substr(0, length == 0 ? size : length), &head);
  SB_CHECK_LE(head.headers.fields().size(), kMaxHeaderFields);
  if (error.status == 0) {
    SB_CHECK(head.path.front() == '/' || head.path == "*");
    SB_CHECK(!(head.chunked && head.content_length.has_value()));
    FormParameters parameters;
    parameters.AddEncoded(head.query);
    PercentDecode(head.path, false);
    AcceptsGzip(head.headers);
  }
  const Decoded whole = DecodeInPieces(bytes, std::max<size_t>(size, 1));
  SB_CHECK_LE(whole.body.size(), size);
  const Decoded pieces = DecodeInPieces(bytes, 3);
  SB_CHECK(whole.state == pieces.state);
  SB_CHECK(whole.body == pieces.body);
  return 0;
}

std::vector<std::string> FuzzSeeds() {
  return {
      "GET /api/v1/query?query={a=\"b\"}&x=%41+c HTTP/1.1\r\nHost: h\r\nAccept-Encoding: "
      "gzip;q=0.5, "
      "br\r\n\r\n",
      "POST http://h/x HTTP/1.0\nContent-Length: 5\nConnection: keep-alive\n\nhello",
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
      "5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nTrailer: x\r\n\r\n"};
}

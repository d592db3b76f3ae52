#include "tools/http/head_parser.h"

#include <catch2/catch.hpp>

#include "tools/http/chunked_decoder.h"

namespace silverback::http {

TEST_CASE("a head is complete at its empty line") {
  CHECK(HeadLength("GET / HTTP/1.1\r\nHost: x\r\n\r\nrest") == 27);
  CHECK(HeadLength("GET / HTTP/1.1\nHost: x\n\nrest") == 24);
  CHECK(HeadLength("GET / HTTP/1.1\r\nHost: x\r\n") == 0);
  CHECK(HeadLength("") == 0);
}

TEST_CASE("a request line and fields are read") {
  RequestHead head;
  REQUIRE(ParseHead("POST /a%20b?x={a|b}[1]&y=\"z\" HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\n"
                    "X-Empty:\r\nAccept-Encoding:  gzip, deflate \r\n\r\n",
                    &head)
              .status == 0);
  CHECK(head.method == "POST");
  CHECK(head.path == "/a%20b");
  CHECK(head.query == "x={a|b}[1]&y=\"z\"");
  CHECK(head.content_length == 12);
  CHECK(head.headers.Get("accept-encoding") == "gzip, deflate");
  CHECK(head.headers.Has("x-empty"));
  CHECK(head.keep_alive());
}

TEST_CASE("absolute targets lose their authority, fragments are dropped") {
  RequestHead head;
  REQUIRE(ParseHead("GET http://h:1/p?q#f HTTP/1.1\r\nHost: h\r\n\r\n", &head).status == 0);
  CHECK(head.path == "/p");
  CHECK(head.query == "q");
  RequestHead bare;
  REQUIRE(ParseHead("GET http://h:1 HTTP/1.1\r\nHost: h\r\n\r\n", &bare).status == 0);
  CHECK(bare.path == "/");
}

TEST_CASE("malformed and ambiguous heads are refused") {
  struct Row {
    const char* head;
    int status;
  };
  const Row rows[] = {
      {"GET / HTTP/1.1\r\n\r\n", 400},                                    // no Host
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},              // two
      {"GET / HTTP/1.0\r\n\r\n", 0},                                      // 1.0 needs none
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},                         //
      {"GET /\r\nHost: a\r\n\r\n", 400},                                  // HTTP/0.9
      {"GET  HTTP/1.1\r\nHost: a\r\n\r\n", 400},                          //
      {"\r\nHost: a\r\n\r\n", 400},                                       //
      {"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},                         //
      {"GET relative HTTP/1.1\r\nHost: a\r\n\r\n", 400},                  //
      {"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},                      // a space
      {"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", 400},                     //
      {"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400},             //
      {"GET / HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n", 400},                // space before ':'
      {"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400},              //
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400},  //
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1x\r\n\r\n", 400},  //
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 0},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
       400},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 0},
      {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.head);
    RequestHead head;
    CHECK(ParseHead(row.head, &head).status == row.status);
  }
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 300; ++i) many += "X: y\r\n";
  RequestHead head;
  CHECK(ParseHead(many + "\r\n", &head).status == 431);
}

TEST_CASE("connections are kept alive as the versions say") {
  const auto keep_alive = [](std::string_view text) {
    RequestHead head;
    REQUIRE(ParseHead(text, &head).status == 0);
    return head.keep_alive();
  };
  CHECK(keep_alive("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  CHECK_FALSE(keep_alive("GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n"));
  CHECK_FALSE(keep_alive("GET / HTTP/1.1\r\nHost: a\r\nConnection: foo, close\r\n\r\n"));
  CHECK_FALSE(keep_alive("GET / HTTP/1.0\r\n\r\n"));
}

TEST_CASE("gzip is taken when the client offers it with a weight above 0") {
  const auto accepts = [](std::string value) {
    Headers headers;
    headers.Add("Accept-Encoding", std::move(value));
    return AcceptsGzip(headers);
  };
  CHECK(accepts("gzip"));
  CHECK(accepts("gzip, deflate, br, zstd"));
  CHECK(accepts("br, GZIP;q=0.5"));
  CHECK_FALSE(accepts("gzip;q=0"));
  CHECK_FALSE(accepts("gzip;q=0.0"));
  CHECK_FALSE(accepts("identity"));
  CHECK_FALSE(accepts(""));
  CHECK_FALSE(accepts("x-gzip-like"));
  CHECK_FALSE(AcceptsGzip(Headers()));
}

TEST_CASE("chunks are put together however they are cut") {
  const std::string encoded = "5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nTrailer: x\r\n\r\nnext";
  for (size_t piece = 1; piece < encoded.size(); ++piece) {
    ChunkedDecoder decoder;
    std::string body;
    std::string_view rest = encoded;
    auto state = ChunkedDecoder::State::kMore;
    while (state == ChunkedDecoder::State::kMore) {
      REQUIRE_FALSE(rest.empty());
      std::string_view in = rest.substr(0, piece);
      const size_t before = in.size();
      state = decoder.Decode(&in, &body);
      rest.remove_prefix(before - in.size());
    }
    CHECK(state == ChunkedDecoder::State::kDone);
    CHECK(body == "hello world");
    CHECK(rest == "next");
  }
}

TEST_CASE("malformed chunks are refused") {
  for (const char* encoded :
       {"x\r\n", "\r\n", "5\r\nhelloX\r\n", "-1\r\n", "ffffffffffffffffff\r\n", "5 5\r\nhello"}) {
    CAPTURE(encoded);
    ChunkedDecoder decoder;
    std::string body;
    std::string_view in = encoded;
    CHECK(decoder.Decode(&in, &body) == ChunkedDecoder::State::kMalformed);
  }
  ChunkedDecoder decoder;
  std::string body;
  const std::string endless(10000, '1');
  std::string_view in = endless;
  CHECK(decoder.Decode(&in, &body) == ChunkedDecoder::State::kMalformed);
}

}  // namespace silverback::http

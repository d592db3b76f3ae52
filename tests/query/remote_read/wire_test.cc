#include "query/remote_read/wire.h"

#include <catch2/catch.hpp>

#include "tests/support/write_message/write_message.h"

namespace silverback::remote_read {
namespace {

using testing::BytesField;
using testing::Snappy;
using testing::VarintField;

constexpr size_t kMax = 1 << 20;

std::string MatcherField(uint64_t type, const std::string& name, const std::string& value) {
  return BytesField(3, VarintField(1, type) + BytesField(2, name) + BytesField(3, value));
}

}  // namespace

TEST_CASE("a request is read with its matchers and the first answer that there is") {
  const std::string query = VarintField(1, 1000) + VarintField(2, 2000) +
                            MatcherField(0, "__name__", "up") + MatcherField(2, "job", "a|b") +
                            BytesField(4, VarintField(1, 60000));
  const auto request = DecodeReadRequest(
      Snappy(BytesField(1, query) + VarintField(2, 7) + VarintField(2, 1) + VarintField(2, 0)),
      kMax);
  REQUIRE(request.ok());
  REQUIRE(request->queries.size() == 1);
  CHECK(request->queries[0].range == TimeRange{1000, 2000});
  REQUIRE(request->queries[0].matchers.size() == 2);
  CHECK(request->queries[0].matchers[1].ToString() == "job=~\"a|b\"");
  CHECK(request->response == ResponseType::kStreamedXorChunks);
  // Packed, and none at all.
  CHECK(DecodeReadRequest(Snappy(BytesField(2, std::string("\1\0", 2))), kMax)->response ==
        ResponseType::kStreamedXorChunks);
  CHECK(DecodeReadRequest(Snappy(""), kMax)->response == ResponseType::kSamples);
}

TEST_CASE("what is no request is refused") {
  const auto refused = [](const std::string& body) {
    return absl::IsInvalidArgument(DecodeReadRequest(body, kMax).status());
  };
  CHECK(refused("no snappy"));
  CHECK(refused(testing::SnappyClaim(kMax + 1)));
  CHECK(refused(Snappy("\x0a\xff")));
  CHECK(refused(Snappy(VarintField(1, 5))));
  CHECK(refused(Snappy(VarintField(2, 9))));
  CHECK(refused(Snappy(BytesField(1, MatcherField(4, "a", "b")))));
  CHECK(refused(Snappy(BytesField(1, MatcherField(2, "a", "(")))));
}

TEST_CASE("frames carry length and checksum") {
  // The message 0a 03 "abc" 10 02; CRC-32C over it, big endian.
  const std::string frame = Frame("abc", 2);
  CHECK(frame.size() == 1 + 4 + 7);
  CHECK(frame.substr(0, 1) == "\7");
  CHECK(frame.substr(5) == "\x0a\3abc\x10\2");
  CHECK(Frame("abc", 0).substr(5) == "\x0a\3abc");
}

TEST_CASE("series are written as protobuf") {
  std::string out;
  AppendLabels(&out, LabelSet{{"a", "b"}});
  CHECK(out == "\x0a\6\x0a\1a\x12\1b");
  out.clear();
  AppendSample(&out, 5, 1.0);
  CHECK(out == std::string("\x12\x0b\x09\0\0\0\0\0\0\xf0\x3f\x10\5", 13));
  out.clear();
  AppendChunk(&out, {1, 2}, ChunkEncoding::kXor, "zz");
  CHECK(out == "\x12\x0a\x08\1\x10\2\x18\1\x22\2zz");
}

TEST_CASE("histograms are written as protobuf, integers by their differences") {
  NativeHistogram histogram;
  histogram.count = 0;
  histogram.sum = 1;
  histogram.schema = -1;
  histogram.positive_spans = {{-2, 2}};
  histogram.positive_counts = {3, 1};
  histogram.reset_hint = CounterResetHint::kGauge;
  std::string out;
  AppendHistogram(&out, 7, histogram);
  const std::string zero(8, '\0');
  const std::string one("\0\0\0\0\0\0\xf0\x3f", 8);
  // The zero count is there; spans before deltas; 3 and -2 in zigzag.
  const std::string expected = VarintField(1, 0) + "\x19" + one + VarintField(4, 1) + "\x29" +
                               zero + VarintField(6, 0) +
                               BytesField(11, VarintField(1, 3) + VarintField(2, 2)) +
                               BytesField(12, "\6\3") + VarintField(14, 3) + VarintField(15, 7);
  CHECK(out == BytesField(4, expected));
  histogram.is_float = true;
  histogram.positive_counts = {BitsOf(1.0), BitsOf(1.0)};
  histogram.reset_hint = CounterResetHint::kUnknown;
  out.clear();
  AppendHistogram(&out, 7, histogram);
  const std::string floats = "\x11" + zero + "\x19" + one + VarintField(4, 1) + "\x29" + zero +
                             "\x39" + zero + BytesField(11, VarintField(1, 3) + VarintField(2, 2)) +
                             BytesField(13, one + one) + VarintField(14, 0) + VarintField(15, 7);
  CHECK(out == BytesField(4, floats));
}

}  // namespace silverback::remote_read

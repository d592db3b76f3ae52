#include "engine/log/payload_compression.h"

#include <random>

#include <catch2/catch.hpp>

#include "engine/log/log.h"
#include "engine/log/record.h"

namespace silverback::log {
namespace {

const std::string kLong = "\x01" + std::string(1000, 'a');

TEST_CASE("a payload is compressed where that gains, behind what stands before it") {
  std::string out = "front" + kLong;
  CompressPayload(5, &out);
  CHECK(out.size() < 100);
  REQUIRE(out.starts_with("front"));
  const std::string_view payload = std::string_view(out).substr(5);
  CHECK(IsCompressed(payload));
  std::string buffer;
  const auto plain = PlainPayload(payload, &buffer);
  REQUIRE(plain.ok());
  CHECK(*plain == kLong);
}

TEST_CASE("short and very long payloads, and those that nothing compresses, stay as they are") {
  std::string bytes = "\x01";
  SECTION("short") {
    bytes += std::string(200, 'a');
  }
  SECTION("noise") {
    std::mt19937 random(1);
    for (int i = 0; i < 5000; ++i) bytes.push_back(static_cast<char>(random()));
  }
  SECTION("longer than the log takes") {
    bytes += std::string(kMaxLogPayloadBytes, 'a');
  }
  std::string out = bytes;
  CompressPayload(0, &out);
  CHECK((out == bytes));
  CHECK_FALSE(IsCompressed(out));
  std::string buffer;
  CHECK((PlainPayload(out, &buffer).value() == bytes));
}

TEST_CASE("the longest payload comes back") {
  std::string out = std::string(kMaxLogPayloadBytes, 'a');
  CompressPayload(0, &out);
  CHECK(IsCompressed(out));
  std::string buffer;
  CHECK((PlainPayload(out, &buffer).value() == std::string(kMaxLogPayloadBytes, 'a')));
}

TEST_CASE("a damaged block is refused") {
  std::string out = kLong;
  CompressPayload(0, &out);
  std::string buffer;
  SECTION("cut") {
    out.pop_back();
  }
  SECTION("nothing in it") {
    out.resize(1);
  }
  SECTION("claims more than a payload can be") {
    out = std::string("\x02\xff\xff\xff\xff\x0f", 6);
  }
  SECTION("claims more than it holds") {
    out = std::string("\x02\x80\x80\x01", 4);
  }
  CHECK(PlainPayload(out, &buffer).status().code() == absl::StatusCode::kDataLoss);
}

TEST_CASE("a block within a block is no record") {
  std::string inner = kLong;
  CompressPayload(0, &inner);
  inner += std::string(1000, 'b');
  CompressPayload(0, &inner);
  REQUIRE(IsCompressed(inner));
  class Ignore final : public WriteRecordVisitor {
    void OnDefinition(const SeriesDefinition&) override {}
    void OnSamples(SeriesId, const SampleSpan&) override {}
    void OnHistogram(SeriesId, const HistogramSample&) override {}
  } ignore;
  CHECK(MessageOf(DecodeWriteRecord(inner, &ignore)) ==
        "log record: type 2 is not known to this version");
}

}  // namespace
}  // namespace silverback::log

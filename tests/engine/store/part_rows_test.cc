#include "engine/store/part_rows.h"

#include <catch2/catch.hpp>

namespace silverback {
namespace {

std::string Hex(std::string_view bytes) {
  std::string out;
  for (unsigned char c : bytes) out += fmt::format("{:02x}", c);
  return out;
}

// The example of docs/format/store.md.
PartHeader Example() {
  PartHeader header;
  header.meta.id = 17;
  header.meta.partition = 682;                                         // 2026-11
  header.meta.time = {1'793'491'200'000, 1'793'491'200'000 + 15'000};  // 2026-11-01T00:00:00Z
  header.meta.first_sequence = 5;
  header.meta.last_sequence = 300;
  header.meta.series = 250;
  header.meta.samples = 500;
  header.meta.blocks = 250;
  header.meta.timelines = 11;
  header.meta.bytes = 20'000;
  header.inputs = {3, 16};
  header.blocks_crc = 0x04030201;
  header.timelines_crc = 0x08070605;
  return header;
}

TEST_CASE("catalog rows and part headers have the bytes that the format document shows") {
  const std::string meta =
      "d40a"
      "01"
      "01"
      "80a0bfc6b268"
      "b08ac1c6b268"
      "05"
      "ac02"
      "fa01"
      "f403"
      "fa01"
      "0b"
      "a09c01";
  CHECK(Hex(EncodePartMeta(Example().meta)) == "01" + meta);
  CHECK(Hex(EncodePartHeader(Example())) == "01" + meta +
                                                "02"
                                                "03"
                                                "10"
                                                "01020304"
                                                "05060708"
                                                "5e436296");
}

TEST_CASE("catalog rows and part headers come back as they were") {
  const PartHeader header = Example();
  CHECK(DecodePartMeta(17, EncodePartMeta(header.meta)).value() == header.meta);
  const PartHeader decoded = DecodePartHeader(17, EncodePartHeader(header)).value();
  CHECK(decoded.meta == header.meta);
  CHECK(decoded.inputs == header.inputs);
  CHECK(decoded.blocks_crc == header.blocks_crc);
  CHECK(decoded.timelines_crc == header.timelines_crc);
}

TEST_CASE("a header with any flipped bit or cut anywhere is refused, naming the part") {
  const std::string good = EncodePartHeader(Example());
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    const Status status = DecodePartHeader(17, bad).status();
    REQUIRE(absl::IsDataLoss(status));
    REQUIRE(std::string(MessageOf(status)).find("part 17") != std::string::npos);
  }
  for (size_t size = 0; size < good.size(); ++size) {
    REQUIRE(absl::IsDataLoss(DecodePartHeader(17, good.substr(0, size)).status()));
    REQUIRE(absl::IsDataLoss(DecodePartMeta(17, good.substr(0, size)).status()) ==
            (size != EncodePartMeta(Example().meta).size()));
  }
}

TEST_CASE("a row whose times lie outside its partition is refused") {
  PartMeta meta = Example().meta;
  meta.partition += 1;
  CHECK(absl::IsDataLoss(DecodePartMeta(17, EncodePartMeta(meta)).status()));
}

}  // namespace
}  // namespace silverback

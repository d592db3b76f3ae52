#include <catch2/catch.hpp>

#include "documented.h"
#include "shapes.h"

#include "engine/codec/codec.h"

namespace silverback::codec {
namespace {

TEST_CASE("each codec writes and reads the bytes that docs/format/block.md shows") {
  struct Example {
    CodecId id;
    std::vector<double> values;
  };
  const std::vector<Example> examples = {
      {CodecId::kConstant, {42.5, 42.5, 42.5}},
      {CodecId::kRuns, {1, 1, 1, 1, 0, 0, 0, 1}},
      {CodecId::kDecimal, {1000, 1010, 1020, 1030, 1050, 1060, 1070, 1080, 1090, 1100, 1110, 1120}},
      {CodecId::kPattern, {0.1, 0.2, 0.30000000000000004, 0.4}},
      {CodecId::kXor, {1, 1, 1.5, 2}},
  };
  REQUIRE(examples.size() == AllCodecs().size());
  for (const Example& example : examples) {
    const Codec& codec = *FindCodec(static_cast<uint8_t>(example.id));
    const std::string name(codec.name);
    CAPTURE(name);
    const std::string documented = DocumentedBytes("block.md", name);
    std::string written;
    REQUIRE(codec.encode(example.values, &written));
    REQUIRE(written == documented);
    const auto count = static_cast<uint32_t>(example.values.size());
    std::vector<double> read(count);
    REQUIRE(codec.decode(documented, count, 0, count, read.data()));
    REQUIRE(SameBitsAll(read.data(), example.values.data(), count));
  }
}

TEST_CASE("codecs keep their ids") {
  for (const Codec& codec : AllCodecs()) {
    REQUIRE(FindCodec(static_cast<uint8_t>(codec.id)) == &codec);
  }
  REQUIRE(FindCodec(0) == nullptr);
  REQUIRE(FindCodec(6) == nullptr);
  REQUIRE(FindCodec(255) == nullptr);
}

}  // namespace
}  // namespace silverback::codec

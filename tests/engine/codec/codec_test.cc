#include "engine/codec/codec.h"

#include <catch2/catch.hpp>

#include "shapes.h"

#include "engine/codec/choose.h"

namespace silverback::codec {
namespace {

// Every way to read an encoded vector gives the values that went in.
void RequireReadable(const Codec& codec, const std::string& bytes,
                     const std::vector<double>& values, Random& random) {
  const auto count = static_cast<uint32_t>(values.size());
  std::vector<double> decoded(count);
  REQUIRE(codec.decode(bytes, count, 0, count, decoded.data()));
  REQUIRE(SameBitsAll(decoded.data(), values.data(), count));
  for (int i = 0; i < 20; ++i) {
    const auto begin = static_cast<uint32_t>(random() % (count + 1));
    const auto end = begin + static_cast<uint32_t>(random() % (count - begin + 1));
    // Exactly as much room as is asked for, so that AddressSanitizer sees a write beyond it.
    std::vector<double> window(end - begin);
    REQUIRE(codec.decode(bytes, count, begin, end, window.data()));
    REQUIRE(SameBitsAll(window.data(), values.data() + begin, end - begin));
  }
  const uint32_t step = count > 64 ? 7 : 1;
  for (uint32_t i = static_cast<uint32_t>(random() % step); i < count; i += step) {
    double value = 0;
    REQUIRE(codec.value_at(bytes, count, i, &value));
    REQUIRE(SameBits(value, values[i]));
  }
}

TEST_CASE("every codec that takes a vector gives back its bits, whole, in windows and one by one") {
  const uint64_t seed = GENERATE(1, 2, 3);
  CAPTURE(seed);
  Random random(seed);
  for (uint32_t round = 0; round < 500; ++round) {
    // The three seeds go through all lengths together.
    const uint32_t length = 3 * round + static_cast<uint32_t>(seed);
    const uint32_t count = length <= kMaxVectorValues
                               ? length
                               : 1 + static_cast<uint32_t>(random() % kMaxVectorValues);
    const auto shape = static_cast<Shape>(random() % static_cast<uint64_t>(Shape::kCount));
    const std::vector<double> values = MakeShape(shape, count, random);
    CAPTURE(round, count, static_cast<int>(shape));
    for (const Codec& codec : AllCodecs()) {
      CAPTURE(codec.name);
      std::string bytes = "before";
      if (!codec.encode(values, &bytes)) {
        REQUIRE(bytes == "before");
        continue;
      }
      REQUIRE(bytes.starts_with("before"));
      RequireReadable(codec, bytes.substr(6), values, random);
    }
    std::string bytes;
    const CodecId id = EncodeSmallest(values, /*allow_runs=*/true, &bytes);
    RequireReadable(*FindCodec(static_cast<uint8_t>(id)), bytes, values, random);
  }
}

TEST_CASE("vectors of every shape survive at the lengths where layouts change") {
  Random random(11);
  for (int s = 0; s < static_cast<int>(Shape::kCount); ++s) {
    for (const uint32_t count : {1u, 2u, 3u, 4u, 5u, 63u, 64u, 65u, 127u, 128u, 129u, 255u, 256u,
                                 257u, 511u, 512u, 513u, 1023u, 1024u}) {
      const std::vector<double> values = MakeShape(static_cast<Shape>(s), count, random);
      CAPTURE(s, count);
      for (const Codec& codec : AllCodecs()) {
        CAPTURE(codec.name);
        std::string bytes;
        if (codec.encode(values, &bytes)) RequireReadable(codec, bytes, values, random);
      }
    }
  }
}

TEST_CASE("damaged vectors are refused or decode to something, within bounds") {
  Random random(5);
  std::vector<double> out(1024);
  for (int round = 0; round < 3000; ++round) {
    const auto count = static_cast<uint32_t>(1 + random() % 1024);
    const std::vector<double> values = MakeVector(count, random);
    for (const Codec& codec : AllCodecs()) {
      std::string bytes;
      if (!codec.encode(values, &bytes)) continue;
      const uint64_t flips = 1 + random() % 3;
      // Headers stand at the front: half of the damage goes there.
      const uint64_t reach =
          random() % 2 == 0 ? std::min<uint64_t>(bytes.size(), 24) : bytes.size();
      for (uint64_t i = 0; i < flips; ++i) {
        bytes[random() % reach] ^= static_cast<char>(1 << random() % 8);
      }
      if (random() % 4 == 0) bytes.resize(random() % (bytes.size() + 1));
      bytes.shrink_to_fit();
      const auto begin = static_cast<uint32_t>(random() % count);
      const auto end = begin + static_cast<uint32_t>(random() % (count - begin + 1));
      codec.decode(bytes, count, begin, end, out.data());
      codec.value_at(bytes, count, begin, out.data());
    }
  }
}

TEST_CASE("arbitrary bytes are refused or decode to something, within bounds") {
  Random random(6);
  std::vector<double> out(1024);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes(random() % 200, '\0');
    for (char& c : bytes) {
      c = static_cast<char>(random() % 2 == 0 ? random() : random() % 8);
    }
    const auto count = static_cast<uint32_t>(1 + random() % 1024);
    for (const Codec& codec : AllCodecs()) {
      codec.decode(bytes, count, 0, count, out.data());
      codec.value_at(bytes, count, count - 1, out.data());
    }
  }
}

TEST_CASE("the policy finds the codec that fits") {
  Random random(9);
  const auto chosen = [&](Shape shape) {
    std::string bytes;
    const CodecId id = EncodeSmallest(MakeShape(shape, 1024, random), true, &bytes);
    return FindCodec(static_cast<uint8_t>(id))->name;
  };
  CHECK(chosen(Shape::kConstant) == "constant");
  CHECK(chosen(Shape::kRuns) == "runs");
  CHECK(chosen(Shape::kCounter) == "decimal");
  CHECK(chosen(Shape::kCounterWithResets) == "decimal");
  CHECK(chosen(Shape::kDecimalGauge) == "decimal");
  CHECK(chosen(Shape::kBytesGauge) == "decimal");
  CHECK(chosen(Shape::kGaugeWithStale) == "decimal");
  CHECK(chosen(Shape::kFloatCounter) == "pattern");
}

TEST_CASE("a few stale markers do not ruin a decimal vector") {
  Random random(10);
  std::vector<double> values(1024);
  for (double& value : values) value = static_cast<double>(random() % 256) / 4;
  std::string clean;
  EncodeSmallest(values, true, &clean);
  for (size_t i = 100; i < 1000; i += 90) values[i] = ValueOf(kStaleNanBits);
  std::string marked;
  REQUIRE(EncodeSmallest(values, true, &marked) == CodecId::kDecimal);
  REQUIRE(marked.size() < clean.size() + 40);
}

}  // namespace
}  // namespace silverback::codec

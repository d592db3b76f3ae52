#include "engine/base/byte_words.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

unsigned char ByteOf(uint64_t word, int i) {
  return static_cast<unsigned char>(word >> (8 * i));
}

}  // namespace

TEST_CASE("a byte below a bound is found wherever it stands and whatever stands beside it") {
  std::mt19937_64 random(3);
  for (int round = 0; round < 200'000; ++round) {
    // Bytes near the bounds, in all combinations.
    uint64_t word = 0;
    for (int i = 0; i < 8; ++i) {
      const uint64_t wild = random() % 4 == 0 ? random() % 256 : 0x1e + random() % 6;
      word = word << 8 | (random() % 8 == 0 ? 0x80 + wild % 128 : wild);
    }
    for (const int bound : {1, 2, 0x20, 0x21, 128}) {
      bool below = false;
      for (int i = 0; i < 8; ++i) {
        below |= ByteOf(word, i) < bound;
      }
      INFO(std::hex << word << " and " << bound);
      REQUIRE((BytesBelow(word, static_cast<unsigned char>(bound)) != 0) == below);
    }
  }
}

TEST_CASE("bytes are copied and looked at in words, each of them and no other") {
  for (size_t size = 0; size < 70; ++size) {
    INFO(size << " bytes");
    std::string from(size, '\0');
    for (size_t i = 0; i < size; ++i) from[i] = static_cast<char>(128 + i);
    std::string to(size + 2, '.');
    std::string seen;
    // Of exactly this length on the heap, so that reading beyond is noticed.
    const std::vector<char> exact(from.begin(), from.end());
    CopyInWords(exact.data(), size, to.data() + 1, [&](uint64_t word) {
      for (int i = 0; i < 8; ++i) seen += static_cast<char>(ByteOf(word, i));
    });
    CHECK(to == "." + from + ".");
    for (const char byte : from) CHECK(std::count(seen.begin(), seen.end(), byte) > 0);
    for (const char byte : seen) {
      const bool filler = size < 4 && byte == 'a';
      CHECK((filler || from.find(byte) != std::string::npos));
    }
  }
}

}  // namespace silverback

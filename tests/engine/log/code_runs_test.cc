#include "engine/log/code_runs.h"

#include <random>

#include <catch2/catch.hpp>

namespace silverback::log {
namespace {

/// Runs of all lengths around the limits, and bytes that differ, in proportions that change from string to string.
std::string SomeCodes(std::mt19937_64* random) {
  const size_t longest = 1 + (*random)() % 300;
  const uint64_t differing = (*random)() % 5;
  std::string codes;
  for (size_t pieces = (*random)() % 20; pieces > 0; --pieces) {
    const size_t length = (*random)() % longest;
    if ((*random)() % 5 < differing) {
      for (size_t i = 0; i < length; ++i) codes.push_back(static_cast<char>((*random)()));
    } else {
      codes.append(length, static_cast<char>((*random)() % 3));
    }
  }
  return codes;
}

TEST_CASE("codes come back as they were, from the front of what follows") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  int packed_count = 0;
  for (int round = 0; round < 5000; ++round) {
    const std::string codes = SomeCodes(&random);
    std::string packed;
    if (!PackCodes(codes, &packed)) continue;
    ++packed_count;
    REQUIRE(packed.size() < codes.size() - codes.size() / 8);
    const std::string whole = packed + "behind";
    std::string_view in = whole;
    std::string back;
    REQUIRE(UnpackCodes(&in, codes.size(), &back));
    REQUIRE(back == codes);
    REQUIRE(in == "behind");
  }
  CHECK(packed_count > 1000);
}

TEST_CASE("the example of the format's description is what is written") {
  std::string packed;
  const std::string codes = std::string(20, '\x11') + "\x21\x12" + std::string(200, '\0');
  REQUIRE(PackCodes(codes, &packed));
  CHECK(packed == std::string("\x91\x11\x01\x21\x12\xff\x00\xc3\x00", 9));
}

TEST_CASE("codes that would hardly become smaller are left alone") {
  std::string packed;
  CHECK_FALSE(PackCodes("", &packed));
  CHECK_FALSE(PackCodes("\x11", &packed));
  CHECK_FALSE(PackCodes("\x11\x11", &packed));
  CHECK(PackCodes("\x11\x11\x11", &packed));
  std::mt19937_64 random(1);
  std::string noise;
  for (int i = 0; i < 1000; ++i) noise.push_back(static_cast<char>(random()));
  CHECK_FALSE(PackCodes(noise, &packed));
  CHECK_FALSE(PackCodes(noise + std::string(100, 'a'), &packed));
  CHECK(PackCodes(noise + std::string(300, 'a'), &packed));
}

TEST_CASE("packed codes that are damaged are refused") {
  std::string packed;
  REQUIRE(PackCodes(std::string(20, '\x11') + "\x21\x12", &packed));
  std::string codes;
  for (size_t size = 0; size < packed.size(); ++size) {
    std::string_view in = std::string_view(packed).substr(0, size);
    CHECK_FALSE(UnpackCodes(&in, 22, &codes));
  }
  for (const size_t claimed : {1, 19, 21, 23}) {  // ends within a run, within others, and behind
    std::string_view in = packed;
    CHECK_FALSE(UnpackCodes(&in, claimed, &codes));
  }
  std::string_view in = packed;
  CHECK(UnpackCodes(&in, 20, &codes));  // the run alone
}

}  // namespace
}  // namespace silverback::log

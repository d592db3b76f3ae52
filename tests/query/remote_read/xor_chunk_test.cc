#include "query/remote_read/xor_chunk.h"

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "bit_reader.h"

#include "engine/base/value.h"

namespace silverback::remote_read {
namespace {

std::vector<Sample> ReadChunk(std::string bytes) {
  BitReader in(std::move(bytes));
  XorReader values;
  const uint64_t count = in.Bits(16);
  std::vector<Sample> samples;
  uint64_t t = 0;
  uint64_t delta = 0;
  for (uint64_t i = 0; i < count; ++i) {
    uint64_t value = 0;
    if (i == 0) {
      const uint64_t raw = in.Uvarint();
      t = (raw >> 1) ^ (0 - (raw & 1));
      value = values.Start(&in);
    } else {
      if (i == 1) {
        delta = in.Uvarint();
      } else {
        uint32_t ones = 0;
        while (ones < 4 && in.Bits(1) == 1) ++ones;
        constexpr uint32_t kWidths[] = {0, 14, 17, 20, 64};
        if (ones > 0) delta += in.Signed(kWidths[ones]);
      }
      t += delta;
      value = values.Next(&in);
    }
    samples.push_back({static_cast<int64_t>(t), std::bit_cast<double>(value)});
  }
  CHECK(in.AtEnd());
  return samples;
}

void CheckRoundTrip(const std::vector<Sample>& samples) {
  XorChunk chunk;
  for (const Sample& sample : samples) chunk.Append(sample.timestamp_ms, sample.value);
  CHECK(chunk.count() == samples.size());
  const std::vector<Sample> read = ReadChunk(chunk.Take());
  CHECK(chunk.count() == 0);
  REQUIRE(read.size() == samples.size());
  for (size_t i = 0; i < samples.size(); ++i) {
    CAPTURE(i);
    CHECK(read[i].timestamp_ms == samples[i].timestamp_ms);
    CHECK(SameBits(read[i].value, samples[i].value));
  }
}

}  // namespace

TEST_CASE("a chunk's bytes are Prometheus'") {
  XorChunk chunk;
  chunk.Append(1000, 1);
  chunk.Append(2000, 1);
  chunk.Append(3000, 2);
  // 3 samples; zigzag 2000; 1.0; uvarint 1000; bits 0 (same), 0 (no change), 11 00001 001011 + 11 ones (1.0 ^ 2.0).
  std::string expected = {'\0', '\3', '\xd0', '\x0f', '\x3f', '\xf0', '\0',
                          '\0', '\0', '\0',   '\0',   '\0',   '\xe8', '\7'};
  // 0 0 1 1 0 0 0 0 | 1 0 0 1 0 1 1 1 | 1111 1111 | 11
  expected += {'\x30', '\x97', '\xff', '\xc0'};
  CHECK(chunk.Take() == expected);
}

TEST_CASE("any times and values survive a chunk") {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  CheckRoundTrip({{-5, 0}});
  CheckRoundTrip({{0, kInf},
                  {1, -kInf},
                  {2, ValueOf(kStaleNanBits)},
                  {3, ValueOf(kNormalNanBits)},
                  {4, -0.0}});
  // The borders of the ranges of time.
  std::vector<Sample> borders = {{0, 1}, {100'000'000, 1}};
  int64_t delta = 100'000'000;
  for (const int64_t change : {8191, 8192, 8193, -8191, -8192, 65536, 65537, -65535, -65536, 524288,
                               524289, -524287, -524288}) {
    delta += change;
    borders.push_back({borders.back().timestamp_ms + delta, 1});
  }
  CheckRoundTrip(borders);
  const auto seed = static_cast<unsigned>(std::random_device()());
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 50; ++round) {
    std::vector<Sample> samples;
    int64_t t = static_cast<int64_t>(random() % 1'000'000'000);
    for (int i = 0; i < 200; ++i) {
      const bool wild = random() % 10 == 0;
      t += static_cast<int64_t>(wild ? random() % 10'000'000 : 15'000 + random() % 3);
      const uint64_t bits =
          random() % 4 == 0 ? random() : std::bit_cast<uint64_t>(static_cast<double>(i / 3));
      samples.push_back({t, std::bit_cast<double>(bits)});
    }
    CheckRoundTrip(samples);
  }
}

}  // namespace silverback::remote_read

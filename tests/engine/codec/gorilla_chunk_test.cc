#include "engine/codec/gorilla_chunk.h"

#include <algorithm>
#include <limits>
#include <vector>

#include <catch2/catch.hpp>

#include "shapes.h"

namespace silverback {
namespace {

TimestampMs AnyTimestamp(Random& random) {
  return static_cast<TimestampMs>(random() >> random() % 64) * (random() % 2 == 0 ? 1 : -1);
}

TEST_CASE("a chunk gives back any timestamps and values in the order of appending") {
  const uint64_t seed = GENERATE(1, 2, 3, 4);
  CAPTURE(seed);
  Random random(seed);
  // The four seeds go through the lengths 0 to 2,051 together.
  for (uint64_t round = 0; round < 513; ++round) {
    const std::vector<double> values = MakeVector(4 * round + seed - 1, random);
    GorillaChunk chunk;
    std::vector<TimestampMs> times;
    TimestampMs now = AnyTimestamp(random);
    const uint64_t style = random() % 4;
    for (const double value : values) {
      switch (style) {
        case 0:
          now += 15000;
          break;
        case 1:
          now += 14990 + static_cast<TimestampMs>(random() % 21);
          break;
        case 2:
          now += static_cast<TimestampMs>(random() >> (10 + random() % 54));
          break;
        default:
          now = AnyTimestamp(random);
      }
      times.push_back(now);
      chunk.Append(now, value);
      REQUIRE((chunk.last_timestamp_ms() == now && chunk.last_bits() == BitsOf(value)));
    }
    REQUIRE(chunk.count() == values.size());
    REQUIRE(chunk.empty() == values.empty());
    if (!values.empty()) REQUIRE(chunk.first_timestamp_ms() == times[0]);

    const std::string copy(chunk.bytes());
    GorillaReader reader(copy, chunk.count());
    std::vector<Sample> read(values.size());
    REQUIRE(reader.ReadAll(read.data()) == values.size());
    REQUIRE_FALSE(reader.truncated());
    for (size_t i = 0; i < values.size(); ++i) {
      REQUIRE(read[i].timestamp_ms == times[i]);
      REQUIRE(SameBits(read[i].value, values[i]));
    }
  }
}

TEST_CASE("what came before an empty chunk is noted and leaves no trace in it") {
  GorillaChunk chunk;
  CHECK(chunk.last_timestamp_ms() == 0);
  GorillaChunk noted;
  noted.SetLast(-5, BitsOf(2.5));
  CHECK(noted.empty());
  CHECK(noted.last_timestamp_ms() == -5);
  CHECK(noted.last_bits() == BitsOf(2.5));
  for (GorillaChunk* each : {&chunk, &noted}) {
    each->Append(100, 2.5);
    each->Append(107, 3.5);
  }
  CHECK(noted.bytes() == chunk.bytes());
  CHECK(noted.last_timestamp_ms() == 107);
}

TEST_CASE("samples appended together make the bytes of those appended one by one") {
  Random random(11);
  for (int round = 0; round < 300; ++round) {
    const std::vector<double> values = MakeVector(1 + random() % 400, random);
    std::vector<Sample> samples;
    TimestampMs now = 1'700'000'000'000;
    for (const double value : values) {
      now = random() % 8 == 0 ? AnyTimestamp(random) : now + 15000;
      samples.push_back({now, value});
    }
    GorillaChunk one_by_one;
    for (const Sample& sample : samples) one_by_one.Append(sample.timestamp_ms, sample.value);
    GorillaChunk together;
    for (size_t at = 0; at < samples.size();) {
      const size_t count = std::min<size_t>(random() % 50, samples.size() - at);
      together.Append(std::span<const Sample>(samples).subspan(at, count));
      at += count;
    }
    REQUIRE(together.count() == one_by_one.count());
    REQUIRE(together.bytes() == one_by_one.bytes());
    REQUIRE(together.heap_bytes() < together.bytes().size() + 16 + together.bytes().size() / 4);
  }
}

TEST_CASE("the extremes of time can follow each other") {
  GorillaChunk chunk;
  const std::vector<TimestampMs> times = {kMinTimestampMs, kMaxTimestampMs, 0, kMinTimestampMs, -1};
  for (const TimestampMs t : times) chunk.Append(t, 1);
  GorillaReader reader(chunk.bytes(), chunk.count());
  Sample sample;
  for (const TimestampMs t : times) {
    REQUIRE(reader.Next(&sample));
    REQUIRE(sample.timestamp_ms == t);
  }
  REQUIRE_FALSE(reader.Next(&sample));
}

TEST_CASE("a chunk that was moved from is empty and can be used again") {
  GorillaChunk chunk;
  chunk.Append(1, 2);
  GorillaChunk other(std::move(chunk));
  REQUIRE(other.count() == 1);
  REQUIRE(chunk.empty());  // NOLINT(bugprone-use-after-move)
  chunk.Append(5, 6);
  REQUIRE(chunk.first_timestamp_ms() == 5);
  chunk = std::move(other);
  REQUIRE(chunk.first_timestamp_ms() == 1);
  REQUIRE(other.empty());  // NOLINT(bugprone-use-after-move)
}

TEST_CASE("bytes that end early end the reading, and say so") {
  GorillaChunk chunk;
  Random random(3);
  for (int i = 0; i < 200; ++i) chunk.Append(i * 15000, ValueOf(random()));
  const std::string all(chunk.bytes());
  for (size_t size = 0; size < all.size(); ++size) {
    const std::string cut = all.substr(0, size);
    GorillaReader reader(cut, chunk.count());
    Sample sample;
    uint32_t read = 0;
    while (reader.Next(&sample)) ++read;
    REQUIRE(reader.truncated());
    REQUIRE(read < chunk.count());
  }
}

TEST_CASE("arbitrary bytes are read within bounds") {
  Random random(4);
  for (int round = 0; round < 5000; ++round) {
    std::string bytes(random() % 100, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    GorillaReader reader(bytes, static_cast<uint32_t>(random() % 1000));
    Sample sample;
    while (reader.Next(&sample)) {
    }
  }
}

TEST_CASE("regular data stays within 1.3 bytes a sample, reserve included") {
  Random random(7);
  GorillaChunk chunk;
  double level = 4;
  for (int i = 0; i < 960; ++i) {
    if (random() % 10 == 0) level = static_cast<double>(random() % 64);
    chunk.Append(1700000000000 + i * 15000, level);
  }
  REQUIRE(static_cast<double>(chunk.heap_bytes()) / 960 <= 1.3);
}

}  // namespace
}  // namespace silverback

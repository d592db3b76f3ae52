#include "engine/block/timeline.h"

#include <set>

#include <catch2/catch.hpp>

#include "../codec/shapes.h"

namespace silverback {
namespace {

void RequireRoundTrip(const std::vector<TimestampMs>& times) {
  const std::string bytes = EncodeTimeline(times);
  std::vector<TimestampMs> decoded;
  REQUIRE(DecodeTimeline(bytes, &decoded).ok());
  REQUIRE(decoded == times);
  const auto info = InspectTimeline(bytes);
  REQUIRE(info.ok());
  REQUIRE(info->rows == times.size());
  REQUIRE(info->time_range == TimeRange{times.front(), times.back()});
}

std::vector<TimestampMs> Regular(size_t rows) {
  std::vector<TimestampMs> times(rows);
  for (size_t i = 0; i < rows; ++i) times[i] = 1700000000123 + static_cast<TimestampMs>(i) * 15000;
  return times;
}

TEST_CASE("any ascending column survives") {
  const uint64_t seed = GENERATE(1, 2, 3);
  CAPTURE(seed);
  Random random(seed);
  // The three seeds go through the lengths 1 to 2,100 together.
  for (uint64_t round = 0; round < 700; ++round) {
    std::set<TimestampMs> times;
    const size_t rows = 3 * round + seed;
    auto now = static_cast<TimestampMs>(random() >> (random() % 40 + 22));
    const uint64_t style = random() % 4;
    while (times.size() < rows) {
      switch (style) {
        case 0:
          now += 15000;
          break;
        case 1:
          now += 14995 + static_cast<TimestampMs>(random() % 11);
          break;
        case 2:
          now += random() % 100 == 0 ? 600000 : 15000;
          break;
        default:
          now = static_cast<TimestampMs>(random() >> random() % 63);
      }
      times.insert(now);
    }
    RequireRoundTrip({times.begin(), times.end()});
  }
}

TEST_CASE("the extremes of time survive") {
  RequireRoundTrip({kMinTimestampMs});
  RequireRoundTrip({kMinTimestampMs, kMaxTimestampMs});
  RequireRoundTrip({kMinTimestampMs, -1, 0, kMaxTimestampMs});
}

TEST_CASE("a month of regular scrapes costs little, jitter its bits, a gap no more than itself") {
  const size_t rows = 30 * 24 * 240;
  std::vector<TimestampMs> times = Regular(rows);
  const size_t regular = EncodeTimeline(times).size();
  REQUIRE(regular < rows / 100);
  for (size_t i = rows / 3; i < rows; ++i) times[i] += 45000;
  REQUIRE(EncodeTimeline(times).size() < regular + 1000 + 3 * rows / 1024);
  Random random(1);
  times = Regular(rows);
  for (TimestampMs& t : times) t += static_cast<TimestampMs>(random() % 4);
  REQUIRE(EncodeTimeline(times).size() < regular + rows / 4 + 1000);
}

TEST_CASE("a timeline with any single bit flipped is refused") {
  Random random(2);
  std::vector<TimestampMs> times = Regular(700);
  for (TimestampMs& t : times) t += static_cast<TimestampMs>(random() % 9);
  std::string bytes = EncodeTimeline(times);
  std::vector<TimestampMs> decoded;
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<char>(1 << bit % 8);
    REQUIRE(DecodeTimeline(bytes, &decoded).code() == absl::StatusCode::kDataLoss);
    bytes[bit / 8] ^= static_cast<char>(1 << bit % 8);
  }
  for (size_t size = 0; size < bytes.size(); ++size) {
    REQUIRE_FALSE(DecodeTimeline(std::string_view(bytes).substr(0, size), &decoded).ok());
  }
}

TEST_CASE("without the checksum, damage is refused or ascends, within bounds") {
  Random random(3);
  std::vector<TimestampMs> decoded;
  for (int round = 0; round < 5000; ++round) {
    std::vector<TimestampMs> times = Regular(1 + random() % 2000);
    if (random() % 2 == 0) {
      for (TimestampMs& t : times) t += static_cast<TimestampMs>(random() % 900);
    }
    std::string bytes = EncodeTimeline(times);
    for (uint64_t i = 0; i <= random() % 3; ++i) {
      const uint64_t reach =
          random() % 2 == 0 ? std::min<uint64_t>(bytes.size(), 40) : bytes.size();
      bytes[random() % reach] ^= static_cast<char>(1 << random() % 8);
    }
    bytes.shrink_to_fit();
    if (!FUZZING_ONLY_DecodeTimelineUnverified(bytes, &decoded).ok()) continue;
    REQUIRE(!decoded.empty());
    REQUIRE(std::adjacent_find(decoded.begin(), decoded.end(), std::greater_equal<>()) ==
            decoded.end());
  }
}

TEST_CASE("a header that promises millions of rows in few bytes allocates nothing") {
  std::string bytes = EncodeTimeline(Regular(3));
  // Rows stand right behind version and checksum.
  const std::string huge = bytes.substr(0, 5) + "\xff\xff\xff\x03" + bytes.substr(6);
  std::vector<TimestampMs> decoded;
  REQUIRE_FALSE(FUZZING_ONLY_DecodeTimelineUnverified(huge, &decoded).ok());
  REQUIRE(decoded.capacity() < 1000);
}

TEST_CASE("equal columns hash alike, others do not") {
  auto times = Regular(100);
  const auto hash = HashTimeline(times);
  REQUIRE(hash == HashTimeline(Regular(100)));
  times.back() += 1;
  REQUIRE_FALSE(hash == HashTimeline(times));
}

}  // namespace
}  // namespace silverback

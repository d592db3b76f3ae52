#include "engine/base/byte_lanes.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

unsigned char LaneOf(const ByteLanes& lanes, size_t i) {
  return lanes[i];
}

}  // namespace

TEST_CASE("the first lanes are those asked for") {
  for (size_t size = 0; size < 40; ++size) {
    INFO(size);
    const ByteLanes lanes = FirstLanes(size);
    for (size_t i = 0; i < kLaneBytes; ++i) CHECK(LaneOf(lanes, i) == (i < size ? 255 : 0));
    CHECK(AnyLane(lanes) == (size > 0));
  }
}

TEST_CASE("one byte that is not 0 is any, wherever it stands") {
  for (size_t i = 0; i < kLaneBytes; ++i) {
    ByteLanes lanes{};
    CHECK_FALSE(AnyLane(lanes));
    lanes[i] = static_cast<uint8_t>(1 + i);
    CHECK(AnyLane(lanes));
  }
}

TEST_CASE("bytes are copied in lanes, and those of the string are told from those behind it") {
  for (size_t size = 0; size < 70; ++size) {
    INFO(size << " bytes");
    // On the heap and no longer than what may be read and written, so that anything beyond is noticed.
    std::vector<char> from(size + kLaneBytes, '!');
    for (size_t i = 0; i < size; ++i) from[i] = static_cast<char>(128 + i);
    std::vector<char> to(size + kLaneBytes, '.');
    std::string seen;
    CopyInLanes(from.data(), size, to.data(), [&](const ByteLanes& lanes, const ByteLanes& of) {
      for (size_t i = 0; i < kLaneBytes; ++i) {
        if (LaneOf(of, i) != 0) seen += static_cast<char>(LaneOf(lanes, i));
      }
    });
    const std::string expected(from.begin(), from.begin() + static_cast<ptrdiff_t>(size));
    CHECK(seen == expected);
    CHECK(std::string(to.data(), size) == expected);
  }
}

}  // namespace silverback

#include "engine/store/calendar.h"

#include <catch2/catch.hpp>

namespace silverback {
namespace {

constexpr TimestampMs kNov24 = 1'795'527'960'000;  // 2026-11-24T13:46:00Z

TEST_CASE("times fall into calendar months and days, UTC, before and after 1970") {
  CHECK(PartitionOf(0) == 0);
  CHECK(PartitionOf(-1) == -1);
  CHECK(PartitionOf(kNov24) == 56 * 12 + 10);
  CHECK(PartitionName(PartitionOf(kNov24)) == "2026-11");
  CHECK(PartitionName(-1) == "1969-12");
  CHECK(DayOf(-1) == -1);
  CHECK(DayName(DayOf(kNov24)) == "2026-11-24");
  CHECK(FormatTime(kNov24 + 7) == "2026-11-24T13:46:00.007Z");
  CHECK(FormatTime(-1) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("the ranges of neighbouring partitions touch and hold what maps to them") {
  for (Partition p = -30; p < 900; ++p) {
    const TimeRange range = RangeOf(p);
    REQUIRE(PartitionOf(range.min_ms) == p);
    REQUIRE(PartitionOf(range.max_ms) == p);
    REQUIRE(RangeOf(p + 1).min_ms == range.max_ms + 1);
  }
}

TEST_CASE("every timestamp lies inside its partition's range, at the ends of time too") {
  for (TimestampMs t : {kMinTimestampMs, kMinCalendarMs - 1, kMinCalendarMs, TimestampMs{0},
                        kMaxCalendarMs, kMaxCalendarMs + 1, kMaxTimestampMs}) {
    CAPTURE(t);
    CHECK(RangeOf(PartitionOf(t)).Contains(t));
  }
  CHECK(FormatTime(kMaxTimestampMs) == "9223372036854775807");
}

}  // namespace
}  // namespace silverback

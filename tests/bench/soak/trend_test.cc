#include "bench/soak/trend.h"

#include <catch2/catch.hpp>

namespace silverback {
namespace {

TEST_CASE("A figure that swings is flat") {
  Trend trend{"x", 0, {}};
  for (int i = 0; i < 80; ++i) trend.readings.push_back(100 + i % 10);
  CHECK(trend.Flat());
}

TEST_CASE("A figure that climbs is not flat, unless it climbs less than its slack") {
  Trend trend{"x", 0, {}};
  for (int i = 0; i < 80; ++i) trend.readings.push_back(i);
  CHECK(trend.ThirdQuarter() == Approx(49.5));
  CHECK(trend.LastQuarter() == Approx(69.5));
  CHECK_FALSE(trend.Flat());
  trend.slack = 20;
  CHECK(trend.Flat());
}

TEST_CASE("Growth that ends before the second half does not count") {
  Trend trend{"x", 0, {}};
  for (int i = 0; i < 80; ++i) trend.readings.push_back(i < 40 ? i : 40);
  CHECK(trend.Flat());
}

}  // namespace
}  // namespace silverback

#include "bench/scaling/curve.h"

#include <cmath>

#include <catch2/catch.hpp>

#include "bench/scaling/curve_chart.h"

namespace silverback {
namespace {

Curve Of(std::vector<CurvePoint> points) {
  return {"rate", "series", "ms", "ours", std::move(points)};
}

TEST_CASE("The exponent of growth is the slope between logarithms") {
  CHECK(*GrowthExponent(Of({{1, 3}, {10, 3}, {100, 3}})) == Approx(0).margin(1e-12));
  CHECK(*GrowthExponent(Of({{1, 3}, {10, 30}, {100, 300}})) == Approx(1));
  CHECK(*GrowthExponent(Of({{2, 8}, {4, 32}, {8, 128}})) == Approx(2));
  CHECK(*GrowthExponent(Of({{1, 10}, {2, 5}})) == Approx(-1));
}

TEST_CASE("There is no exponent where nothing was varied or a cost is zero") {
  CHECK_FALSE(GrowthExponent(Of({})).has_value());
  CHECK_FALSE(GrowthExponent(Of({{5, 1}})).has_value());
  CHECK_FALSE(GrowthExponent(Of({{5, 1}, {5, 2}})).has_value());
  CHECK_FALSE(GrowthExponent(Of({{5, 1}, {6, 0}})).has_value());
}

TEST_CASE("Points of one picture, axis and line make a curve") {
  Curves curves;
  curves.Add("rate", "series", "ms", "ours", {1, 2});
  curves.Add("rate", "series", "ms", "peer", {1, 4});
  curves.Add("rate", "steps", "ms", "ours", {1, 8});
  curves.Add("rate", "series", "ms", "ours", {10, 20});
  REQUIRE(curves.all().size() == 3);
  CHECK(curves.all()[0].points.size() == 2);
  CHECK(curves.Table() ==
        "| what | by | cost | of | points (x: cost) | exponent |\n"
        "| --- | --- | --- | --- | --- | ---: |\n"
        "| rate | series | ms | ours | 1: 2, 10: 20 | 1.00 |\n"
        "| rate | series | ms | peer | 1: 4 | - |\n"
        "| rate | steps | ms | ours | 1: 8 | - |\n");
  CHECK(curves.Json().find("\"exponent\": null") != std::string::npos);
}

TEST_CASE("The chart draws a line a contender and escapes what it is given") {
  Curves curves;
  curves.Add("a<b", "x & y", "ms", "ours", {1, 2});
  curves.Add("a<b", "x & y", "ms", "ours", {100, 200});
  curves.Add("a<b", "x & y", "ms", "peer", {1, 4});
  const std::string svg = CurveChart(curves.all(), "title");
  CHECK(svg.find("a&lt;b") != std::string::npos);
  CHECK(svg.find("x &amp; y") != std::string::npos);
  CHECK(svg.find("ours, x^1.00") != std::string::npos);
  size_t lines = 0;
  for (size_t at = 0; (at = svg.find("<polyline", at)) != std::string::npos; ++at) ++lines;
  CHECK(lines == 2);
}

}  // namespace
}  // namespace silverback

#include "bench/compare/report.h"

#include <catch2/catch.hpp>

#include "bench/compare/chart.h"

namespace silverback {
namespace {

using Better = ComparisonReport::Better;

ComparisonReport Sample() {
  ComparisonReport report;
  report.Set("", "samples/s", Better::kLarger, "ours", 30);
  report.Set("warm, ms", "one", Better::kSmaller, "ours", 2);
  report.Set("warm, ms", "two", Better::kSmaller, "ours", 5);
  report.Set("", "samples/s", Better::kLarger, "peer", 10);
  report.Set("warm, ms", "one", Better::kSmaller, "peer", 20);
  report.Set("warm, ms", "two", Better::kSmaller, "peer", 4);
  report.Set("", "lost", Better::kSmaller, "ours", 0);
  report.Set("", "lost", Better::kSmaller, "peer", 7);
  return report;
}

TEST_CASE("A ratio says how many times better ours is, whichever direction is better") {
  const ComparisonReport report = Sample();
  CHECK(*ComparisonReport::Ratio(report.rows()[0], "ours", "peer") == Approx(3));
  CHECK(*ComparisonReport::Ratio(report.rows()[1], "ours", "peer") == Approx(10));
  CHECK(*ComparisonReport::Ratio(report.rows()[2], "ours", "peer") == Approx(0.8));
  CHECK_FALSE(ComparisonReport::Ratio(report.rows()[3], "ours", "peer").has_value());
  CHECK_FALSE(ComparisonReport::Ratio(report.rows()[0], "ours", "nobody").has_value());
}

TEST_CASE("A group ends with the median and the least of its ratios") {
  const auto spread = Sample().GroupRatio("warm, ms", "ours", "peer");
  REQUIRE(spread.has_value());
  CHECK(spread->median == Approx(5.4));
  CHECK(spread->least == Approx(0.8));
  CHECK_FALSE(Sample().GroupRatio("nothing", "ours", "peer").has_value());
}

TEST_CASE("The table shows rows by group, missing figures and notes") {
  ComparisonReport report = Sample();
  report.Set("", "p99, ms", Better::kSmaller, "ours", 12.5);
  report.Note("peer", "it refused the stream");
  CHECK(report.Table({"ours", "peer"}) ==
        "| what | ours | peer | ahead of peer |\n"
        "| --- | ---: | ---: | ---: |\n"
        "| samples/s | 30.0 | 10.0 | 3.00 x |\n"
        "| lost | 0 | 7.00 | - |\n"
        "| p99, ms | 12.5 | n/a | - |\n"
        "| warm, ms: one | 2.00 | 20.0 | 10.0 x |\n"
        "| warm, ms: two | 5.00 | 4.00 | 0.80 x |\n"
        "| **warm, ms: median (least)** |  |  | **5.40 x (0.80 x)** |\n"
        "\npeer: it refused the stream\n");
}

TEST_CASE("The chart draws a bar a row and peer, and escapes what it is given") {
  ComparisonReport report;
  report.Set("", "a<b", Better::kSmaller, "ours", 1);
  report.Set("", "a<b", Better::kSmaller, "peer", 2);
  const std::string svg = RatioChart(report, {"ours", "peer"}, "x & y");
  CHECK(svg.find("a&lt;b") != std::string::npos);
  CHECK(svg.find("x &amp; y") != std::string::npos);
  CHECK(svg.find(">2</text>") != std::string::npos);
}

}  // namespace
}  // namespace silverback

#include <cmath>

#include <catch2/catch.hpp>

#include "tools/terminal/graph.h"
#include "tools/terminal/table.h"

namespace silverback {
namespace {

TEST_CASE("a table aligns its columns, numbers to the right") {
  REQUIRE(FormatTable({"name", ">ms"}, {{"a", "1"}, {"long name", "100"}}) ==
          "name        ms\n"
          "a            1\n"
          "long name  100\n");
}

TEST_CASE("width counts code points, not bytes") {
  REQUIRE(DisplayWidth("é█") == 2);
}

TEST_CASE("figures are shortened for people") {
  REQUIRE(FormatCount(999) == "999");
  REQUIRE(FormatCount(1234567) == "1.23 M");
  REQUIRE(FormatBytes(1536) == "1.5 KiB");
  REQUIRE(FormatMilliseconds(0.421) == "0.42 ms");
  REQUIRE(FormatMilliseconds(1250) == "1.25 s");
}

TEST_CASE("a rising line goes from the lower left to the upper right") {
  const std::vector<GraphSeries> series{{"up", {0, 1000}, {0, 10}}};
  const std::string graph = DrawGraph(series, {0, 1000}, {.width = 4, .height = 2});
  REQUIRE(graph.find("        10 ┤    ⢸") == 0);
  REQUIRE(graph.find("         0 ┤ ⡀  ⢸") != std::string::npos);
  REQUIRE(graph.find("- up") != std::string::npos);
}

TEST_CASE("a graph without finite values says so") {
  const std::vector<GraphSeries> series{{"x", {0}, {std::nan("")}}};
  REQUIRE(DrawGraph(series, {0, 1}, {}).find("nothing to draw") != std::string::npos);
}

}  // namespace
}  // namespace silverback

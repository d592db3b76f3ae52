#include "query/model/float_text.h"

#include <limits>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

TEST_CASE("Floats are printed as Go's %g prints them") {
  const auto check = [](double value, const char* want) { CHECK(FormatShortest(value) == want); };
  check(0, "0");
  check(-0.0, "-0");
  check(1.5, "1.5");
  check(0.1, "0.1");
  check(-2, "-2");
  check(100000, "100000");
  check(123456.789, "123456.789");
  check(1e6, "1e+06");
  check(1234567, "1.234567e+06");
  check(1e100, "1e+100");
  check(0.0001, "0.0001");
  check(0.00001, "1e-05");
  check(1.0 / 3, "0.3333333333333333");
  check(std::numeric_limits<double>::infinity(), "+Inf");
  check(-std::numeric_limits<double>::infinity(), "-Inf");
  check(std::numeric_limits<double>::quiet_NaN(), "NaN");
}

TEST_CASE("OpenMetrics floats never look like integers") {
  CHECK(FormatOpenMetrics(1) == "1.0");
  CHECK(FormatOpenMetrics(0) == "0.0");
  CHECK(FormatOpenMetrics(0.99) == "0.99");
  CHECK(FormatOpenMetrics(1e6) == "1e+06");
  CHECK(FormatOpenMetrics(2) == "2.0");
}

}  // namespace
}  // namespace silverback

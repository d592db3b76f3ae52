#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include <catch2/catch.hpp>

#include "query/functions/elementwise_kernels.h"
#include "query/functions/function_table.h"

namespace silverback {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::optional<double> Apply(std::string_view name, double value, std::vector<double> args = {}) {
  std::vector<ScalarArgument> arguments;
  for (const double& arg : args) arguments.push_back({{&arg, 1}});
  Column column;
  column.Reset(1);
  column.Set(0, value);
  FindFunctionInfo(name)->elementwise(&column, arguments);
  if (!column.present.Test(0)) return std::nullopt;
  return column.floats[0];
}

TEST_CASE("Rounding goes up from halves, to multiples") {
  CHECK(*Apply("round", 2.5) == 3);
  CHECK(*Apply("round", -2.5) == -2);
  CHECK(*Apply("round", 2.449, {0.1}) == 2.4);
  CHECK(*Apply("round", -7.3, {5}) == -5);
}

TEST_CASE("Clamping follows Go's math.Min and math.Max") {
  CHECK(*Apply("clamp", 5, {1, 3}) == 3);
  CHECK(!Apply("clamp", 5, {3, 1}));
  CHECK(std::isnan(*Apply("clamp", kNan, {1, 3})));
  CHECK(*Apply("clamp_max", kNan, {-kInfinity}) == -kInfinity);
  CHECK(*Apply("clamp_min", kNan, {kInfinity}) == kInfinity);
  CHECK(std::isnan(MaxOf(kNan, 1)));
  CHECK(MaxOf(kNan, kInfinity) == kInfinity);
  CHECK(std::isnan(MinOf(3, kNan)));
  CHECK(!std::signbit(MaxOf(-0.0, 0)));
  CHECK(std::signbit(MinOf(0, -0.0)));
}

TEST_CASE("Mathematics") {
  CHECK(*Apply("sgn", -3) == -1);
  CHECK(std::signbit(*Apply("sgn", -0.0)));
  CHECK(std::isnan(*Apply("sgn", kNan)));
  CHECK(*Apply("deg", 1) == 57.29577951308232);
  CHECK(*Apply("rad", 180) == 3.141592653589793);
  CHECK(*Apply("log10", 1000) == Approx(3));
  CHECK(*Apply("atanh", 0.5) == Approx(0.5493061443340548));
  CHECK(std::isnan(*Apply("acosh", 0.5)));
  CHECK(*Apply("ln", 0) == -kInfinity);
}

TEST_CASE("Parts of dates are those that Prometheus gives") {
  struct Case {
    double seconds;
    double year, month, day, day_of_year, weekday, days_in_month, hour, minute;
  };
  const Case cases[] = {
      {0, 1970, 1, 1, 1, 4, 31, 0, 0},
      {1700000127.9, 2023, 11, 14, 318, 2, 30, 22, 15},
      {-1, 1969, 12, 31, 365, 3, 31, 23, 59},
      {-0.5, 1970, 1, 1, 1, 4, 31, 0, 0},
      {951782400, 2000, 2, 29, 60, 2, 29, 0, 0},
      {4107542399, 2100, 2, 28, 59, 0, 28, 23, 59},
      {-62135596800, 1, 1, 1, 1, 1, 31, 0, 0},
      {1709164800, 2024, 2, 29, 60, 4, 29, 0, 0},
      {1735603200, 2024, 12, 31, 366, 2, 31, 0, 0},
      {1e11, 5138, 11, 16, 320, 3, 30, 9, 46},
      {1e18, 31688740476, 10, 23, 297, 5, 31, 1, 46},
      {-1e20, 292277026596, 12, 4, 339, 0, 31, 15, 30},
      {kNan, 292277026596, 12, 4, 339, 0, 31, 15, 30},
      {kInfinity, 292277026596, 12, 4, 339, 0, 31, 15, 30},
  };
  for (const Case& c : cases) {
    INFO(c.seconds);
    CHECK(Year(c.seconds) == c.year);
    CHECK(Month(c.seconds) == c.month);
    CHECK(DayOfMonth(c.seconds) == c.day);
    CHECK(DayOfYear(c.seconds) == c.day_of_year);
    CHECK(DayOfWeek(c.seconds) == c.weekday);
    CHECK(DaysInMonth(c.seconds) == c.days_in_month);
    CHECK(Hour(c.seconds) == c.hour);
    CHECK(Minute(c.seconds) == c.minute);
  }
}

}  // namespace
}  // namespace silverback

#include "query/functions/range_kernel.h"

#include <cmath>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "query/functions/function_table.h"

namespace silverback {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Series {
  std::vector<TimestampMs> times;
  std::vector<double> values;
};

// One sample every 15 s, from 0 s on; the places without one are left out.
const Series kA = {{0, 15'000, 30'000, 45'000, 60'000, 90'000, 105'000, 120'000, 135'000, 180'000},
                   {3, 10, 35, 5, 7, 12, 12, 40, 41, 70}};
const Series kB = {
    {0, 15'000, 30'000, 45'000, 60'000, 75'000, 90'000, 105'000, 120'000, 150'000, 165'000},
    {1.5, -2.25, 0, kNan, 8, 8, -0.5, 100, 3, 2.125, 4}};

struct Case {
  std::string_view function;
  const Series& series;
  int64_t range_s;
  WindowBorders borders;
  std::vector<double> args;
  std::optional<double> want;
};

/// The kernel's value of the window that ends at 127 s.
std::optional<double> Evaluate(const Case& c) {
  constexpr TimestampMs kEnd = 127'000;
  constexpr int64_t kLookback = 300'000;
  WindowContext context;
  context.start_ms = kEnd - c.range_s * 1000;
  context.end_ms = context.eval_ms = kEnd;
  context.range_ms = c.range_s * 1000;
  context.borders = c.borders;
  context.args = c.args;
  const TimestampMs from = context.start_ms - (c.borders == WindowBorders::kPlain ? 0 : kLookback);
  const TimestampMs to = kEnd + (c.borders == WindowBorders::kSmoothed ? kLookback : 0);
  Series window;
  for (size_t i = 0; i < c.series.times.size(); ++i) {
    if (c.series.times[i] <= from || c.series.times[i] > to) continue;
    window.times.push_back(c.series.times[i]);
    window.values.push_back(c.series.values[i]);
  }
  if (window.times.empty()) return std::nullopt;
  KernelState state;
  return FindFunctionInfo(c.function)->range({window.times, window.values}, context, &state);
}

// What Prometheus 3.14 answers to FUNCTION(SERIES[RANGE]) at 127 s.
const std::vector<Case> kCases = {
    {"rate", kA, 120, WindowBorders::kPlain, {}, 6.19047619047619E-01},
    {"rate", kA, 50, WindowBorders::kPlain, {}, 9.306666666666665E-01},
    {"increase", kA, 120, WindowBorders::kPlain, {}, 7.428571428571428E+01},
    {"increase", kA, 50, WindowBorders::kPlain, {}, 4.653333333333333E+01},
    {"delta", kA, 120, WindowBorders::kPlain, {}, 3.4285714285714285E+01},
    {"delta", kA, 50, WindowBorders::kPlain, {}, 4.666666666666667E+01},
    {"irate", kA, 120, WindowBorders::kPlain, {}, 1.8666666666666667E+00},
    {"irate", kA, 50, WindowBorders::kPlain, {}, 1.8666666666666667E+00},
    {"idelta", kA, 120, WindowBorders::kPlain, {}, 2.8E+01},
    {"idelta", kA, 50, WindowBorders::kPlain, {}, 2.8E+01},
    {"resets", kA, 120, WindowBorders::kPlain, {}, 1E+00},
    {"resets", kA, 50, WindowBorders::kPlain, {}, 0E+00},
    {"changes", kA, 120, WindowBorders::kPlain, {}, 5E+00},
    {"changes", kA, 50, WindowBorders::kPlain, {}, 1E+00},
    {"sum_over_time", kA, 120, WindowBorders::kPlain, {}, 1.21E+02},
    {"sum_over_time", kA, 50, WindowBorders::kPlain, {}, 6.4E+01},
    {"avg_over_time", kA, 120, WindowBorders::kPlain, {}, 1.7285714285714285E+01},
    {"avg_over_time", kA, 50, WindowBorders::kPlain, {}, 2.1333333333333332E+01},
    {"min_over_time", kA, 120, WindowBorders::kPlain, {}, 5E+00},
    {"min_over_time", kA, 50, WindowBorders::kPlain, {}, 1.2E+01},
    {"max_over_time", kA, 120, WindowBorders::kPlain, {}, 4E+01},
    {"max_over_time", kA, 50, WindowBorders::kPlain, {}, 4E+01},
    {"count_over_time", kA, 120, WindowBorders::kPlain, {}, 7E+00},
    {"count_over_time", kA, 50, WindowBorders::kPlain, {}, 3E+00},
    {"last_over_time", kA, 120, WindowBorders::kPlain, {}, 4E+01},
    {"last_over_time", kA, 50, WindowBorders::kPlain, {}, 4E+01},
    {"first_over_time", kA, 120, WindowBorders::kPlain, {}, 1E+01},
    {"first_over_time", kA, 50, WindowBorders::kPlain, {}, 1.2E+01},
    {"stddev_over_time", kA, 120, WindowBorders::kPlain, {}, 1.306811042974774E+01},
    {"stddev_over_time", kA, 50, WindowBorders::kPlain, {}, 1.3199326582148887E+01},
    {"stdvar_over_time", kA, 120, WindowBorders::kPlain, {}, 1.7077551020408166E+02},
    {"stdvar_over_time", kA, 50, WindowBorders::kPlain, {}, 1.742222222222222E+02},
    {"deriv", kA, 120, WindowBorders::kPlain, {}, 1.0091324200913239E-01},
    {"deriv", kA, 50, WindowBorders::kPlain, {}, 9.333333333333333E-01},
    {"present_over_time", kA, 120, WindowBorders::kPlain, {}, 1E+00},
    {"present_over_time", kA, 50, WindowBorders::kPlain, {}, 1E+00},
    {"quantile_over_time", kA, 120, WindowBorders::kPlain, {0.3}, 9.399999999999999E+00},
    {"quantile_over_time", kA, 120, WindowBorders::kPlain, {0}, 5E+00},
    {"quantile_over_time", kA, 120, WindowBorders::kPlain, {1}, 4E+01},
    {"quantile_over_time", kA, 120, WindowBorders::kPlain, {0.5}, 1.2E+01},
    {"predict_linear", kA, 120, WindowBorders::kPlain, {60}, 2.9452968036529676E+01},
    {"rate", kB, 120, WindowBorders::kPlain, {}, 1.0785714285714285E+00},
    {"rate", kB, 50, WindowBorders::kPlain, {}, 3.4499999999999997E+00},
    {"increase", kB, 120, WindowBorders::kPlain, {}, 1.2942857142857142E+02},
    {"increase", kB, 50, WindowBorders::kPlain, {}, 1.725E+02},
    {"delta", kB, 120, WindowBorders::kPlain, {}, 6E+00},
    {"delta", kB, 50, WindowBorders::kPlain, {}, 5.833333333333334E+00},
    {"irate", kB, 120, WindowBorders::kPlain, {}, 2E-01},
    {"irate", kB, 50, WindowBorders::kPlain, {}, 2E-01},
    {"idelta", kB, 120, WindowBorders::kPlain, {}, -9.7E+01},
    {"idelta", kB, 50, WindowBorders::kPlain, {}, -9.7E+01},
    {"resets", kB, 120, WindowBorders::kPlain, {}, 2E+00},
    {"resets", kB, 50, WindowBorders::kPlain, {}, 1E+00},
    {"changes", kB, 120, WindowBorders::kPlain, {}, 6E+00},
    {"changes", kB, 50, WindowBorders::kPlain, {}, 2E+00},
    {"sum_over_time", kB, 120, WindowBorders::kPlain, {}, kNan},
    {"sum_over_time", kB, 50, WindowBorders::kPlain, {}, 1.025E+02},
    {"avg_over_time", kB, 120, WindowBorders::kPlain, {}, kNan},
    {"avg_over_time", kB, 50, WindowBorders::kPlain, {}, 3.4166666666666664E+01},
    {"min_over_time", kB, 120, WindowBorders::kPlain, {}, -2.25E+00},
    {"min_over_time", kB, 50, WindowBorders::kPlain, {}, -5E-01},
    {"max_over_time", kB, 120, WindowBorders::kPlain, {}, 1E+02},
    {"max_over_time", kB, 50, WindowBorders::kPlain, {}, 1E+02},
    {"count_over_time", kB, 120, WindowBorders::kPlain, {}, 8E+00},
    {"count_over_time", kB, 50, WindowBorders::kPlain, {}, 3E+00},
    {"last_over_time", kB, 120, WindowBorders::kPlain, {}, 3E+00},
    {"last_over_time", kB, 50, WindowBorders::kPlain, {}, 3E+00},
    {"first_over_time", kB, 120, WindowBorders::kPlain, {}, -2.25E+00},
    {"first_over_time", kB, 50, WindowBorders::kPlain, {}, -5E-01},
    {"stddev_over_time", kB, 120, WindowBorders::kPlain, {}, kNan},
    {"stddev_over_time", kB, 50, WindowBorders::kPlain, {}, 4.657312052628163E+01},
    {"stdvar_over_time", kB, 120, WindowBorders::kPlain, {}, kNan},
    {"stdvar_over_time", kB, 50, WindowBorders::kPlain, {}, 2.169055555555555E+03},
    {"deriv", kB, 120, WindowBorders::kPlain, {}, kNan},
    {"deriv", kB, 50, WindowBorders::kPlain, {}, 1.1666666666666667E-01},
    {"present_over_time", kB, 120, WindowBorders::kPlain, {}, 1E+00},
    {"present_over_time", kB, 50, WindowBorders::kPlain, {}, 1E+00},
    {"quantile_over_time", kB, 120, WindowBorders::kPlain, {0.3}, -4.4999999999999996E-01},
    {"quantile_over_time", kB, 120, WindowBorders::kPlain, {0}, kNan},
    {"quantile_over_time", kB, 120, WindowBorders::kPlain, {1}, 1E+02},
    {"quantile_over_time", kB, 120, WindowBorders::kPlain, {0.5}, 1.5E+00},
    {"predict_linear", kB, 120, WindowBorders::kPlain, {60}, kNan},
    {"mad_over_time", kA, 120, WindowBorders::kPlain, {}, 5},
    {"mad_over_time", kA, 50, WindowBorders::kPlain, {}, 0},
    {"ts_of_first_over_time", kA, 120, WindowBorders::kPlain, {}, 15.0},
    {"ts_of_first_over_time", kA, 50, WindowBorders::kPlain, {}, 90.0},
    {"ts_of_last_over_time", kA, 120, WindowBorders::kPlain, {}, 120.0},
    {"ts_of_last_over_time", kA, 50, WindowBorders::kPlain, {}, 120.0},
    {"ts_of_min_over_time", kA, 120, WindowBorders::kPlain, {}, 45.0},
    {"ts_of_min_over_time", kA, 50, WindowBorders::kPlain, {}, 105.0},
    {"ts_of_max_over_time", kA, 120, WindowBorders::kPlain, {}, 120.0},
    {"ts_of_max_over_time", kA, 50, WindowBorders::kPlain, {}, 120.0},
    {"double_exponential_smoothing",
     kA,
     120,
     WindowBorders::kPlain,
     {0.4, 0.3},
     36.733434880000004},
    {"rate", kA, 50, WindowBorders::kSmoothed, {}, 0.6126666666666667},
    {"rate", kA, 50, WindowBorders::kAnchored, {}, 0.66},
    {"rate", kA, 97, WindowBorders::kSmoothed, {}, 0.41718213058419246},
    {"rate", kA, 97, WindowBorders::kAnchored, {}, 0.41237113402061853},
    {"rate", kA, 7, WindowBorders::kSmoothed, {}, 0.06666666666666694},
    {"rate", kA, 7, WindowBorders::kAnchored, {}, std::nullopt},
    {"rate", kA, 120, WindowBorders::kSmoothed, {}, 0.5766666666666667},
    {"rate", kA, 120, WindowBorders::kAnchored, {}, 0.6},
    {"increase", kA, 50, WindowBorders::kSmoothed, {}, 30.633333333333333},
    {"increase", kA, 50, WindowBorders::kAnchored, {}, 33},
    {"increase", kA, 97, WindowBorders::kSmoothed, {}, 40.46666666666667},
    {"increase", kA, 97, WindowBorders::kAnchored, {}, 40},
    {"increase", kA, 7, WindowBorders::kSmoothed, {}, 0.46666666666666856},
    {"increase", kA, 7, WindowBorders::kAnchored, {}, std::nullopt},
    {"increase", kA, 120, WindowBorders::kSmoothed, {}, 69.2},
    {"increase", kA, 120, WindowBorders::kAnchored, {}, 72},
    {"delta", kA, 50, WindowBorders::kSmoothed, {}, 30.633333333333333},
    {"delta", kA, 50, WindowBorders::kAnchored, {}, 33},
    {"delta", kA, 97, WindowBorders::kSmoothed, {}, 5.466666666666669},
    {"delta", kA, 97, WindowBorders::kAnchored, {}, 5},
    {"delta", kA, 7, WindowBorders::kSmoothed, {}, 0.46666666666666856},
    {"delta", kA, 7, WindowBorders::kAnchored, {}, std::nullopt},
    {"delta", kA, 120, WindowBorders::kSmoothed, {}, 34.2},
    {"delta", kA, 120, WindowBorders::kAnchored, {}, 37},
    {"resets", kA, 50, WindowBorders::kAnchored, {}, 0},
    {"resets", kA, 97, WindowBorders::kAnchored, {}, 1},
    {"resets", kA, 7, WindowBorders::kAnchored, {}, std::nullopt},
    {"changes", kA, 50, WindowBorders::kAnchored, {}, 2},
    {"changes", kA, 97, WindowBorders::kAnchored, {}, 4},
    {"changes", kA, 7, WindowBorders::kAnchored, {}, std::nullopt},
    {"mad_over_time", kB, 120, WindowBorders::kPlain, {}, kNan},
    {"mad_over_time", kB, 50, WindowBorders::kPlain, {}, 3.5},
    {"ts_of_first_over_time", kB, 120, WindowBorders::kPlain, {}, 15.0},
    {"ts_of_first_over_time", kB, 50, WindowBorders::kPlain, {}, 90.0},
    {"ts_of_last_over_time", kB, 120, WindowBorders::kPlain, {}, 120.0},
    {"ts_of_last_over_time", kB, 50, WindowBorders::kPlain, {}, 120.0},
    {"ts_of_min_over_time", kB, 120, WindowBorders::kPlain, {}, 15.0},
    {"ts_of_min_over_time", kB, 50, WindowBorders::kPlain, {}, 90.0},
    {"ts_of_max_over_time", kB, 120, WindowBorders::kPlain, {}, 105.0},
    {"ts_of_max_over_time", kB, 50, WindowBorders::kPlain, {}, 105.0},
    {"double_exponential_smoothing", kB, 120, WindowBorders::kPlain, {0.4, 0.3}, kNan},
    {"rate", kB, 50, WindowBorders::kSmoothed, {}, 2.069916666666667},
    {"rate", kB, 50, WindowBorders::kAnchored, {}, 2.06},
    {"rate", kB, 97, WindowBorders::kSmoothed, {}, 1.1494415807560139},
    {"rate", kB, 97, WindowBorders::kAnchored, {}, 1.1443298969072164},
    {"rate", kB, 7, WindowBorders::kSmoothed, {}, 0.07083333333333337},
    {"rate", kB, 7, WindowBorders::kAnchored, {}, std::nullopt},
    {"rate", kB, 120, WindowBorders::kSmoothed, {}, 0.9291319444444445},
    {"rate", kB, 120, WindowBorders::kAnchored, {}, 0.925},
    {"increase", kB, 50, WindowBorders::kSmoothed, {}, 103.49583333333334},
    {"increase", kB, 50, WindowBorders::kAnchored, {}, 103},
    {"increase", kB, 97, WindowBorders::kSmoothed, {}, 111.49583333333334},
    {"increase", kB, 97, WindowBorders::kAnchored, {}, 111},
    {"increase", kB, 7, WindowBorders::kSmoothed, {}, 0.49583333333333357},
    {"increase", kB, 7, WindowBorders::kAnchored, {}, std::nullopt},
    {"increase", kB, 120, WindowBorders::kSmoothed, {}, 111.49583333333334},
    {"increase", kB, 120, WindowBorders::kAnchored, {}, 111},
    {"delta", kB, 50, WindowBorders::kSmoothed, {}, -4.070833333333334},
    {"delta", kB, 50, WindowBorders::kAnchored, {}, -5},
    {"delta", kB, 97, WindowBorders::kSmoothed, {}, 2.7958333333333334},
    {"delta", kB, 97, WindowBorders::kAnchored, {}, 3},
    {"delta", kB, 7, WindowBorders::kSmoothed, {}, -0.2041666666666666},
    {"delta", kB, 7, WindowBorders::kAnchored, {}, std::nullopt},
    {"delta", kB, 120, WindowBorders::kSmoothed, {}, 3.0458333333333334},
    {"delta", kB, 120, WindowBorders::kAnchored, {}, 1.5},
    {"resets", kB, 50, WindowBorders::kAnchored, {}, 2},
    {"resets", kB, 97, WindowBorders::kAnchored, {}, 2},
    {"resets", kB, 7, WindowBorders::kAnchored, {}, std::nullopt},
    {"changes", kB, 50, WindowBorders::kAnchored, {}, 3},
    {"changes", kB, 97, WindowBorders::kAnchored, {}, 5},
    {"changes", kB, 7, WindowBorders::kAnchored, {}, std::nullopt},
};

TEST_CASE("Range functions give what Prometheus gives") {
  for (const Case& c : kCases) {
    INFO(c.function << " of " << (&c.series == &kA ? "a" : "b") << " over " << c.range_s
                    << " s, borders " << static_cast<int>(c.borders));
    const auto got = Evaluate(c);
    REQUIRE(got.has_value() == c.want.has_value());
    if (!c.want) continue;
    if (std::isnan(*c.want)) {
      CHECK(std::isnan(*got));
    } else {
      CHECK(*got == Approx(*c.want).epsilon(1e-13));
    }
  }
}

std::optional<double> Call(std::string_view function, const std::vector<double>& values,
                           std::vector<double> args = {}) {
  std::vector<TimestampMs> times;
  for (size_t i = 0; i < values.size(); ++i) {
    times.push_back(1000 * static_cast<TimestampMs>(i + 1));
  }
  WindowContext context;
  context.end_ms = context.eval_ms = context.range_ms =
      1000 * static_cast<TimestampMs>(values.size());
  context.args = args;
  KernelState state;
  return FindFunctionInfo(function)->range({times, values}, context, &state);
}

TEST_CASE("Means do not overflow where sums do") {
  const double max = std::numeric_limits<double>::max();
  CHECK(*Call("avg_over_time", {max, max, max}) == Approx(max));
  CHECK(std::isinf(*Call("sum_over_time", {max, max, max})));
  CHECK(std::isinf(*Call("avg_over_time", {std::numeric_limits<double>::infinity(), 1, 2})));
}

TEST_CASE("Sums are compensated") {
  CHECK(*Call("sum_over_time", {1e100, 1, -1e100}) == 1);
  CHECK(*Call("avg_over_time", {1e100, 3, -1e100}) == 1);
  CHECK(*Call("sum_over_time", {5, 1e16, 1, 1, -1e16}) == 7);
}

TEST_CASE("A flat line has no slope, and an infinite one none that is a number") {
  CHECK(*Call("deriv", {0.1, 0.1, 0.1}) == 0);
  CHECK(std::isnan(*Call("deriv", {INFINITY, INFINITY})));
  CHECK(*Call("predict_linear", {0.1, 0.1, 0.1}, {3600}) == 0.1);
}

TEST_CASE("Minimum and maximum are NaN only if every sample is") {
  CHECK(*Call("max_over_time", {kNan, 3, kNan, 5}) == 5);
  CHECK(*Call("min_over_time", {kNan, 3, kNan, 5}) == 3);
  CHECK(std::isnan(*Call("max_over_time", {kNan, kNan})));
  CHECK(*Call("ts_of_max_over_time", {kNan, 5, 5, 1}) == 3);
  CHECK(*Call("ts_of_min_over_time", {1, 5, 1, 4}) == 3);
}

}  // namespace
}  // namespace silverback

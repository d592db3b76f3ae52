#include "query/functions/classic_histogram.h"

#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

const std::map<std::string, std::vector<Bucket>> kHistograms = {
    {"plain", {{1, 2}, {5, 6}, {kInfinity, 10}}},
    {"negative", {{-5, 1}, {0, 4}, {kInfinity, 8}}},
    {"fall", {{0.1, 5}, {0.2, 3}, {0.5, 7}, {1, 6}, {kInfinity, 9}}},
    {"no infinite bucket", {{1, 2}, {2, 3}}},
    {"one bucket", {{kInfinity, 3}}},
    {"empty", {{1, 0}, {kInfinity, 0}}},
    {"unsorted", {{10, 7}, {1, 2}, {kInfinity, 8}, {3, 3}}},
    {"rounding", {{1, 1}, {2, 1.0000000000001}, {4, 0.9999999999999}, {kInfinity, 2}}},
};

void CheckSame(double got, double want) {
  if (std::isnan(want)) {
    CHECK(std::isnan(got));
  } else {
    CHECK(got == Approx(want).epsilon(1e-13));
  }
}

TEST_CASE("Quantiles of classic histograms are those that Prometheus gives") {
  // For the quantiles 0, 0.1, 0.5, 0.9 and 1.
  const std::map<std::string, std::vector<double>> want = {
      {"plain", {0, 0.5, 4, 5, 5}},
      {"negative", {-5, -5, 0, 0, 0}},
      {"fall", {0, 0.018, 0.09, 1, 1}},
      {"no infinite bucket", {kNan, kNan, kNan, kNan, kNan}},
      {"one bucket", {kNan, kNan, kNan, kNan, kNan}},
      {"empty", {kNan, kNan, kNan, kNan, kNan}},
      {"unsorted", {0, 0.4, 4.75, 10, 10}},
      {"rounding", {0, 0.2, 1, 4, 4}},
  };
  const double quantiles[] = {0, 0.1, 0.5, 0.9, 1};
  for (const auto& [name, values] : want) {
    for (size_t i = 0; i < values.size(); ++i) {
      INFO(name << ", quantile " << quantiles[i]);
      auto buckets = kHistograms.at(name);
      CheckSame(BucketQuantile(quantiles[i], &buckets).value, values[i]);
    }
    auto buckets = kHistograms.at(name);
    CHECK(BucketQuantile(-1, &buckets).value == -kInfinity);
    CHECK(BucketQuantile(2, &buckets).value == kInfinity);
    CHECK(std::isnan(BucketQuantile(kNan, &buckets).value));
  }
}

TEST_CASE("Fractions of classic histograms are those that Prometheus gives") {
  const std::pair<double, double> between[] = {{0, 1},    {-kInfinity, 3}, {0.5, kInfinity}, {2, 1},
                                               {kNan, 1}, {-7, 0.15},      {0.3, 100}};
  const std::map<std::string, std::vector<double>> want = {
      {"plain", {0.2, 0.4, 0.9, 0, kNan, 0.03, 0.54}},
      {"negative", {0, 0.5, 0.5, 0, kNan, 0.375, 0}},
      {"fall",
       {0.6666666666666666, 0.6666666666666666, 0.2222222222222222, 0, kNan, 0.4444444444444444,
        0.18518518518518523}},
      {"no infinite bucket", {kNan, kNan, kNan, kNan, kNan, kNan, kNan}},
      {"one bucket", {0, 0, 1, 0, kNan, 0, 0}},
      {"unsorted", {0.25, 0.375, 0.875, 0, kNan, 0.0375, 0.8}},
      {"rounding", {0.5, 0.5, 0.75, 0, kNan, 0.075, 0.34999999999995}},
  };
  for (const auto& [name, values] : want) {
    for (size_t i = 0; i < values.size(); ++i) {
      INFO(name << ", from " << between[i].first << " to " << between[i].second);
      auto buckets = kHistograms.at(name);
      CheckSame(BucketFraction(between[i].first, between[i].second, &buckets), values[i]);
    }
  }
}

Column ColumnOf(std::initializer_list<double> values) {
  Column column;
  column.Reset(values.size());
  size_t step = 0;
  for (const double value : values) {
    if (!std::isnan(value)) column.Set(step, value);
    ++step;
  }
  return column;
}

TEST_CASE("A histogram is evaluated step by step, and forced monotonicity told once") {
  // NaN stands for an absent bucket.
  const Column low = ColumnOf({5, 2, kNan, 1});
  const Column middle = ColumnOf({3, 6, kNan, kNan});
  const Column all = ColumnOf({9, 10, kNan, 2});
  const BucketColumn buckets[] = {{kInfinity, &all}, {1, &low}, {5, &middle}};
  const StepGrid grid{0, 180'000, 60'000};
  const double half = 0.5;
  Column out;
  Annotations annotations;
  EvaluateHistogramQuantile(buckets, grid, {{&half, 1}}, "", {24, 25}, &out, &annotations);
  CHECK(out.floats[0] == Approx(0.9));
  CHECK(out.floats[1] == 4);
  CHECK(!out.present.Test(2));
  CHECK(out.floats[3] == 1);
  CHECK(
      annotations.AsStrings("histogram_quantile(0.5, x)").infos ==
      std::vector<std::string>{
          "PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see "
          "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile), "
          "from buckets 5 to 5, with a max diff of 2, over 1 samples from 1970-01-01T00:00:00Z to "
          "1970-01-01T00:00:00Z (1:25)"});
}

TEST_CASE("Bucket bounds are read as Go reads floats") {
  const auto check = [](std::string_view text, std::optional<double> want) {
    INFO(text);
    const auto got = ParseBucketBound(text);
    REQUIRE(got.has_value() == want.has_value());
    if (want) CHECK(*got == *want);
  };
  check("0.5", 0.5);
  check("+1", 1);
  check("1.", 1);
  check(".5", 0.5);
  check("1e5", 1e5);
  check("1_0", 10);
  check("0x1p-2", 0.25);
  check("0x_1p-2", 0.25);
  check("1e-400", 0);
  check("+Inf", kInfinity);
  check("infinity", kInfinity);
  check("-Inf", -kInfinity);
  check("1e999", std::nullopt);
  check("0x10", std::nullopt);
  check("", std::nullopt);
  check(" 1", std::nullopt);
  check("1 ", std::nullopt);
  check("abc", std::nullopt);
  check("+-1", std::nullopt);
  check("--1", std::nullopt);
  check("_1", std::nullopt);
  check("1_", std::nullopt);
  check("1__0", std::nullopt);
  check("+nan", std::nullopt);
  check("nan(1)", std::nullopt);
  check(".", std::nullopt);
  check("1e", std::nullopt);
  CHECK(std::isnan(*ParseBucketBound("NaN")));
}

TEST_CASE("A NaN bound does no harm") {
  std::vector<Bucket> buckets;
  for (int i = 0; i < 100; ++i) buckets.push_back({i % 3 == 0 ? kNan : 100.0 - i, 1.0 * i});
  buckets.push_back({kInfinity, 1000});
  BucketQuantile(0.5, &buckets);
  BucketFraction(0, 1, &buckets);
}

}  // namespace
}  // namespace silverback

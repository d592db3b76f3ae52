#include "query/functions/quantile.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

/// The definition: between the two neighbours of the rank among all values in order, NaN before everything.
double BySorting(double quantile, std::vector<double> values) {
  std::stable_sort(values.begin(), values.end(), [](double a, double b) {
    return std::isnan(a) || std::isnan(b) ? std::isnan(a) && !std::isnan(b) : a < b;
  });
  const double rank = quantile * static_cast<double>(values.size() - 1);
  const double weight = rank - std::floor(rank);
  const auto lower = static_cast<size_t>(rank);
  const size_t upper = std::min(lower + 1, values.size() - 1);
  return values[lower] * (1 - weight) + values[upper] * weight;
}

}  // namespace

TEST_CASE(
    "a quantile is what sorting gives, with NaN, infinities and equal values among the values") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 20'000; ++round) {
    const uint64_t nans = random() % 4;  // of ten
    std::vector<double> values(1 + random() % 20);
    for (double& value : values) {
      value = static_cast<double>(random() % 8);
      if (random() % 10 == 0) value = std::numeric_limits<double>::infinity();
      if (random() % 10 < nans * nans) value = std::numeric_limits<double>::quiet_NaN();
    }
    const double quantile = static_cast<double>(random() % 9) / 8;
    const double wanted = BySorting(quantile, values);
    INFO(quantile << " of " << values.size());
    const double got = Quantile(quantile, &values);
    REQUIRE((got == wanted || (std::isnan(got) && std::isnan(wanted))));
  }
}

TEST_CASE("a quantile out of range is infinite, and of nothing it is NaN") {
  std::vector<double> values = {1, 2};
  CHECK(Quantile(-0.1, &values) == -std::numeric_limits<double>::infinity());
  CHECK(Quantile(1.1, &values) == std::numeric_limits<double>::infinity());
  CHECK(std::isnan(Quantile(std::numeric_limits<double>::quiet_NaN(), &values)));
  values.clear();
  CHECK(std::isnan(Quantile(0.5, &values)));
}

}  // namespace silverback

#include "query/functions/native_histogram.h"

#include <cmath>
#include <limits>
#include <random>

#include <catch2/catch.hpp>

#include "query/model/histogram_buckets.h"

namespace silverback {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// A histogram whose count is that of its buckets.
FloatHistogram RandomHistogram(std::mt19937* random, bool custom) {
  const auto pick = [random](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(*random);
  };
  FloatHistogram h;
  h.schema = custom ? FloatHistogram::kCustomSchema : pick(-1, 4);
  const auto fill = [&](BucketSide* side, int low, int high) {
    int32_t next = 0;
    for (int index = low; index <= high; ++index) {
      if (pick(0, 2) == 0) continue;
      const double count = pick(0, 5);
      side->Append(index, count, &next);
      h.count += count;
    }
  };
  if (custom) {
    // All above zero: upstream takes a custom bucket around zero for the zero bucket in fractions,
    // but not in quantiles.
    h.custom_values = {0.1, 0.3, 0.5, 2, 4, 8};
    fill(&h.positive, 1, 5);  // without the endless buckets
  } else {
    h.zero_threshold = 0.001;
    h.zero_count = pick(0, 3);
    h.count += h.zero_count;
    fill(&h.positive, -3, 6);
    if (pick(0, 1) == 1) fill(&h.negative, -3, 6);
  }
  return h;
}

TEST_CASE("the fraction below a quantile is the quantile") {
  const uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 400; ++i) {
    const FloatHistogram h = RandomHistogram(&random, i % 2 == 0);
    if (h.count == 0) continue;
    for (const double q : {0.01, 0.1, 0.25, 0.5, 0.77, 0.9, 0.999}) {
      const double value = QuantileOf(q, h).value;
      CHECK(FractionOf(-kInfinity, value, h).value == Approx(q).margin(1e-9));
    }
  }
}

TEST_CASE("fractions of neighbouring intervals add up") {
  const uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 200; ++i) {
    const FloatHistogram h = RandomHistogram(&random, i % 2 == 0);
    if (h.count == 0) continue;
    const double parts = FractionOf(-kInfinity, -0.7, h).value + FractionOf(-0.7, 1.3, h).value +
                         FractionOf(1.3, kInfinity, h).value;
    CHECK(parts == Approx(1));
  }
}

TEST_CASE("quantiles outside of [0, 1] are infinite, of nothing they are NaN") {
  FloatHistogram h;
  CHECK(std::isnan(QuantileOf(0.5, h).value));
  CHECK(QuantileOf(-1, h).value == -kInfinity);
  CHECK(QuantileOf(2, h).value == kInfinity);
  CHECK(std::isnan(FractionOf(0, 1, h).value));
}

TEST_CASE("NaN observations are told") {
  FloatHistogram h;
  h.positive.spans = {{1, 1}};
  h.positive.counts = {5};
  h.count = 10;
  h.sum = std::numeric_limits<double>::quiet_NaN();
  CHECK(QuantileOf(0.2, h).remark == NanRemark::kSkewed);
  CHECK(QuantileOf(0.9, h).remark == NanRemark::kResultIsNan);
  CHECK(std::isnan(QuantileOf(0.9, h).value));
  CHECK(FractionOf(-kInfinity, kInfinity, h).remark == NanRemark::kExcluded);
  CHECK(FractionOf(-kInfinity, kInfinity, h).value == 0.5);
}

TEST_CASE("variance takes every observation for the middle of its bucket") {
  FloatHistogram h;
  h.schema = FloatHistogram::kCustomSchema;
  h.custom_values = {2, 4, 6};
  h.positive.spans = {{1, 2}};
  h.positive.counts = {1, 1};  // at 3 and at 5
  h.count = 2;
  h.sum = 8;
  CHECK(AvgOf(h) == 4);
  CHECK(VarianceOf(h) == 1);
  CHECK(StddevOf(h) == 1);
}

}  // namespace
}  // namespace silverback

#include "query/functions/aggregate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "query/functions/quantile.h"

namespace silverback {
namespace {

constexpr AggregateOp kOps[] = {AggregateOp::kSum,    AggregateOp::kAvg,    AggregateOp::kMin,
                                AggregateOp::kMax,    AggregateOp::kCount,  AggregateOp::kGroup,
                                AggregateOp::kStddev, AggregateOp::kStdvar, AggregateOp::kQuantile};

/// The aggregate of one step's values, in plain long double arithmetic.
double Aggregate(AggregateOp op, std::vector<double> values, double quantile) {
  long double sum = 0;
  for (const double v : values) sum += v;
  const auto n = static_cast<long double>(values.size());
  long double squares = 0;
  for (const double v : values) squares += (v - sum / n) * (v - sum / n);
  switch (op) {
    case AggregateOp::kSum:
      return static_cast<double>(sum);
    case AggregateOp::kAvg:
      return static_cast<double>(sum / n);
    case AggregateOp::kMin:
      return *std::min_element(values.begin(), values.end());
    case AggregateOp::kMax:
      return *std::max_element(values.begin(), values.end());
    case AggregateOp::kCount:
      return static_cast<double>(n);
    case AggregateOp::kGroup:
      return 1;
    case AggregateOp::kStddev:
      return static_cast<double>(std::sqrt(squares / n));
    case AggregateOp::kStdvar:
      return static_cast<double>(squares / n);
    case AggregateOp::kQuantile:
      return Quantile(quantile, &values);
  }
  return 0;
}

TEST_CASE(
    "Folding columns gives each step's aggregate, however the series are spread over workers") {
  const uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(-100, 100);
  constexpr size_t kSteps = 150;
  for (const AggregateOp op : kOps) {
    for (const double density : {0.05, 0.5, 1.0}) {
      std::vector<GroupAccumulator> workers;
      for (int i = 0; i < 3; ++i) workers.emplace_back(op, kSteps);
      std::vector<std::vector<double>> by_step(kSteps);
      for (int series = 0; series < 20; ++series) {
        Column column;
        column.Reset(kSteps);
        for (size_t step = 0; step < kSteps; ++step) {
          if (std::abs(uniform(random)) > density * 100) continue;
          column.Set(step, uniform(random));
          by_step[step].push_back(column.floats[step]);
        }
        workers[random() % 3].Fold(column);
      }
      workers[0].Merge(workers[1]);
      workers[0].Merge(workers[2]);
      const double quantile = 0.3;
      Column out;
      workers[0].Finish(&out, {{&quantile, 1}});
      for (size_t step = 0; step < kSteps; ++step) {
        INFO("op " << static_cast<int>(op) << " step " << step);
        REQUIRE(out.present.Test(step) == !by_step[step].empty());
        if (by_step[step].empty()) continue;
        REQUIRE(out.floats[step] ==
                Approx(Aggregate(op, by_step[step], quantile)).epsilon(1e-12).margin(1e-12));
      }
      CHECK(workers[0].memory_bytes() > 0);
    }
  }
}

Column One(double value) {
  Column column;
  column.Reset(1);
  column.Set(0, value);
  return column;
}

double Of(AggregateOp op, std::initializer_list<double> values, bool merged = false) {
  GroupAccumulator total(op, 1);
  for (const double value : values) {
    if (merged) {
      GroupAccumulator part(op, 1);
      part.Fold(One(value));
      total.Merge(part);
    } else {
      total.Fold(One(value));
    }
  }
  const double half = 0.5;
  Column out;
  total.Finish(&out, {{&half, 1}});
  return out.floats[0];
}

TEST_CASE("Infinities, NaN and overflow") {
  const double inf = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double max = std::numeric_limits<double>::max();
  for (const bool merged : {false, true}) {
    CHECK(Of(AggregateOp::kSum, {1, inf, 2}, merged) == inf);
    CHECK(std::isnan(Of(AggregateOp::kSum, {inf, -inf}, merged)));
    CHECK(Of(AggregateOp::kAvg, {inf, 1, 2}, merged) == inf);
    CHECK(Of(AggregateOp::kAvg, {max, max, max}, merged) == Approx(max));
    CHECK(Of(AggregateOp::kAvg, {1e100, 3, -1e100}, merged) == 1);
    CHECK(Of(AggregateOp::kMax, {nan, 3, 5}, merged) == 5);
    CHECK(Of(AggregateOp::kMin, {3, nan, 5}, merged) == 3);
    CHECK(std::isnan(Of(AggregateOp::kMin, {nan, nan}, merged)));
    CHECK(std::isnan(Of(AggregateOp::kStddev, {inf, 1}, merged)));
    CHECK(std::isnan(Of(AggregateOp::kStdvar, {nan}, merged)));
    CHECK(Of(AggregateOp::kStdvar, {7}, merged) == 0);
  }
}

TEST_CASE("Quantiles interpolate, and NaN comes first") {
  std::vector<double> values = {4, 1, 3, 2};
  CHECK(Quantile(0.5, &values) == 2.5);
  CHECK(Quantile(1, &values) == 4);
  CHECK(Quantile(-0.1, &values) == -std::numeric_limits<double>::infinity());
  CHECK(Quantile(1.1, &values) == std::numeric_limits<double>::infinity());
  values = {std::numeric_limits<double>::quiet_NaN(), 5, 6};
  CHECK(std::isnan(Quantile(0, &values)));
  CHECK(Quantile(0.5, &values) == 5);
  values.clear();
  CHECK(std::isnan(Quantile(0.5, &values)));
}

}  // namespace
}  // namespace silverback

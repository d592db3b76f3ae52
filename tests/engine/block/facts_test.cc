#include "engine/block/facts.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

/// By the words of facts.h, sample by sample.
Facts FactsByDefinition(const std::vector<double>& values) {
  Facts facts;
  facts.min = facts.max = ValueOf(kNormalNanBits);
  std::vector<CounterReset> resets;
  for (uint32_t row = 0; row < values.size(); ++row) {
    const double value = values[row];
    if (IsStale(value)) {
      facts.stale_rows.push_back(row);
      continue;
    }
    if (facts.count == 0) {
      facts.first_row = row;
      facts.first_value = value;
    } else if (value < facts.last_value) {
      resets.push_back({row, facts.last_value});
    }
    if (std::isnan(facts.min) || value < facts.min) facts.min = value;
    if (std::isnan(facts.max) || value > facts.max) facts.max = value;
    facts.sum.Add(value);
    facts.has_nan = facts.has_nan || std::isnan(value);
    facts.has_inf = facts.has_inf || std::isinf(value);
    facts.last_row = row;
    facts.last_value = value;
    ++facts.count;
  }
  if (facts.count == 0) facts.min = facts.max = 0;
  facts.resets_listed = resets.size() <= MaxListedResets(static_cast<uint32_t>(values.size()));
  if (facts.resets_listed) facts.resets = resets;
  return facts;
}

bool SameNumber(double a, double b) {
  return SameBits(a, b) || (std::isnan(a) && std::isnan(b));
}

void RequireDefinition(const std::vector<double>& values) {
  const Facts got = ComputeFacts(values);
  const Facts want = FactsByDefinition(values);
  REQUIRE(got.count == want.count);
  REQUIRE(got.first_row == want.first_row);
  REQUIRE(got.last_row == want.last_row);
  REQUIRE(SameNumber(got.first_value, want.first_value));
  REQUIRE(SameNumber(got.last_value, want.last_value));
  REQUIRE(SameNumber(got.min, want.min));
  REQUIRE(SameNumber(got.max, want.max));
  REQUIRE(SameNumber(got.sum.sum, want.sum.sum));
  if (!std::isnan(want.sum.sum)) {
    REQUIRE(SameNumber(got.sum.compensation, want.sum.compensation));
  }
  REQUIRE(got.has_nan == want.has_nan);
  REQUIRE(got.has_inf == want.has_inf);
  REQUIRE(got.resets_listed == want.resets_listed);
  REQUIRE(got.resets == want.resets);
  REQUIRE(got.stale_rows == want.stale_rows);
}

}  // namespace

TEST_CASE("facts are those of the definition, to the bit, whatever the values") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  const double specials[] = {std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity(),
                             std::numeric_limits<double>::quiet_NaN(),
                             ValueOf(kStaleNanBits),
                             std::numeric_limits<double>::max(),
                             -std::numeric_limits<double>::max(),
                             std::numeric_limits<double>::denorm_min(),
                             0.0,
                             -0.0};
  std::uniform_real_distribution<double> unit(0, 1);
  for (int i = 0; i < 4000; ++i) {
    std::vector<double> values(random() % 300);
    const uint64_t shape = random() % 5;
    const uint64_t specials_of_100 = random() % 3 == 0 ? 1 + random() % 30 : 0;
    double counter = 0;
    for (double& value : values) {
      counter = unit(random) < 0.01 ? 0 : counter + std::floor(unit(random) * 100);
      switch (shape) {
        case 0:
          value = counter;
          break;
        case 1:
          value = unit(random) - 0.5;
          break;
        case 2:
          value = std::ldexp(unit(random) - 0.5, static_cast<int>(random() % 200) - 100);
          break;
        case 3:
          value = random() % 2 == 0 ? 0.0 : -0.0;
          break;
        default:
          value = std::ldexp(unit(random) - 0.5, 1024);  // sums overflow
      }
      if (random() % 100 < specials_of_100) value = specials[random() % std::size(specials)];
    }
    RequireDefinition(values);
  }
  RequireDefinition({});
  for (const double special : specials) RequireDefinition({special, 1, special, special});
}

}  // namespace silverback

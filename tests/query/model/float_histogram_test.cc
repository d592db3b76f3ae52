#include "query/model/float_histogram.h"

#include <cmath>
#include <limits>
#include <map>
#include <random>

#include <catch2/catch.hpp>

#include "query/model/histogram_buckets.h"

namespace silverback {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Buckets = std::map<int32_t, double>;

BucketSide SideOf(const Buckets& buckets) {
  BucketSide side;
  int32_t next = 0;
  for (const auto& [index, count] : buckets) side.Append(index, count, &next);
  return side;
}

Buckets BucketsOf(const BucketSide& side) {
  Buckets buckets;
  const std::vector<int32_t> indexes = side.Indexes();
  for (size_t i = 0; i < indexes.size(); ++i) buckets[indexes[i]] += side.counts[i];
  return buckets;
}

/// Without what holds nothing.
Buckets Populated(Buckets buckets) {
  std::erase_if(buckets, [](const auto& bucket) { return bucket.second == 0; });
  return buckets;
}

class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  int Int(int low, int high) { return std::uniform_int_distribution<int>(low, high)(engine_); }

  Buckets SomeBuckets(int low, int high) {
    Buckets buckets;
    const int count = Int(0, 8);
    for (int i = 0; i < count; ++i) buckets[Int(low, high)] = Int(0, 5);
    return buckets;
  }

  FloatHistogram Exponential() {
    FloatHistogram h;
    h.schema = Int(-1, 3);
    h.zero_threshold = Int(0, 2) == 0 ? 0.25 : 0.001;
    h.zero_count = Int(0, 4);
    h.count = Int(0, 50);
    h.sum = Int(-50, 50);
    // Beyond the widest zero bucket: bounds of at least 0.25.
    const int low = h.schema < 0 ? 0 : -(2 << h.schema) + 1;
    h.positive = SideOf(SomeBuckets(low, 12));
    h.negative = SideOf(SomeBuckets(low, 12));
    return h;
  }

  FloatHistogram Custom() {
    FloatHistogram h;
    h.schema = FloatHistogram::kCustomSchema;
    for (int bound = 1; bound < 10; ++bound) {
      if (Int(0, 2) > 0) h.custom_values.push_back(bound);
    }
    h.count = Int(0, 50);
    h.positive = SideOf(SomeBuckets(0, static_cast<int>(h.custom_values.size())));
    return h;
  }

 private:
  std::mt19937 engine_;
};

Buckets Reduced(const Buckets& buckets, int32_t schema, int32_t target) {
  Buckets reduced;
  for (const auto& [index, count] : buckets) {
    // By bounds: the bucket of the lower resolution that the upper bound lies in.
    const double bound = ExponentialBound(index, schema);
    int32_t to = -2000;
    while (ExponentialBound(to, target) < bound * (1 - 1e-9)) ++to;
    reduced[to] += count;
  }
  return reduced;
}

/// Counts of custom buckets by the bounds that both histograms have.
std::map<double, double> ByCommonBounds(const FloatHistogram& h, const FloatHistogram& other) {
  std::map<double, double> counts;
  for (const auto& [index, count] : BucketsOf(h.positive)) {
    double bound = kInfinity;
    for (const double candidate : h.custom_values) {
      const bool shared = std::find(other.custom_values.begin(), other.custom_values.end(),
                                    candidate) != other.custom_values.end();
      const auto i = static_cast<size_t>(index);
      const double own = i < h.custom_values.size() ? h.custom_values[i] : kInfinity;
      if (shared && candidate >= own) {
        bound = candidate;
        break;
      }
    }
    counts[bound] += count;
  }
  return counts;
}

TEST_CASE("bounds of exponential buckets are powers of the schema's base") {
  CHECK(ExponentialBound(0, 0) == 1);
  CHECK(ExponentialBound(3, 0) == 8);
  CHECK(ExponentialBound(-1, 0) == 0.5);
  CHECK(ExponentialBound(1, 1) == Approx(std::sqrt(2.0)).epsilon(1e-15));
  CHECK(ExponentialBound(1, -4) == 65536);
  CHECK(ExponentialBound(1024, 0) == std::numeric_limits<double>::max());
  CHECK(ExponentialBound(1025, 0) == kInfinity);
  CHECK(ExponentialBound(64, -4) == std::numeric_limits<double>::max());
  CHECK(ExponentialBound(1024 * 256, 8) == std::numeric_limits<double>::max());
}

TEST_CASE("merging buckets gives the buckets that hold them in the lower resolution") {
  const uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  Random random(seed);
  for (int i = 0; i < 200; ++i) {
    const Buckets buckets = random.SomeBuckets(-20, 20);
    const int schema = random.Int(-1, 3);
    const int target = random.Int(-2, schema);
    CHECK(BucketsOf(ReducedSide(SideOf(buckets), schema, target)) ==
          Reduced(buckets, schema, target));
  }
}

TEST_CASE("adding exponential histograms adds their buckets at the lower resolution") {
  const uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  Random random(seed);
  for (int i = 0; i < 500; ++i) {
    const FloatHistogram a = random.Exponential();
    const FloatHistogram b = random.Exponential();
    const double sign = i % 2 == 0 ? 1 : -1;
    FloatHistogram result = a;
    const auto outcome = sign > 0 ? AddHistogram(b, &result) : SubtractHistogram(b, &result);
    REQUIRE_FALSE(outcome.incompatible);
    CHECK(result.count == a.count + sign * b.count);
    CHECK(result.sum == a.sum + sign * b.sum);
    CHECK(result.schema == std::min(a.schema, b.schema));
    CHECK(result.zero_threshold == std::max(a.zero_threshold, b.zero_threshold));
    CHECK(result.zero_count == a.zero_count + sign * b.zero_count);
    for (const bool positive : {true, false}) {
      Buckets expected =
          Reduced(BucketsOf(positive ? a.positive : a.negative), a.schema, result.schema);
      for (const auto& [index, count] :
           Reduced(BucketsOf(positive ? b.positive : b.negative), b.schema, result.schema)) {
        expected[index] += sign * count;
      }
      CHECK(Populated(BucketsOf(positive ? result.positive : result.negative)) ==
            Populated(expected));
    }
    if (sign < 0) continue;
    HistogramSum sum(a);
    sum.Add(b);
    FloatHistogram total = sum.Total();
    total.Compact();
    result.Compact();
    CHECK(total.Equals(result));
  }
}

TEST_CASE("a zero bucket swallows the buckets that a wider one overlaps") {
  FloatHistogram narrow;
  narrow.count = 10;
  narrow.zero_threshold = 0.001;
  narrow.zero_count = 1;
  narrow.positive = SideOf({{-3, 2}, {-1, 3}, {1, 4}});  // up to 0.125, 0.5 and 2
  FloatHistogram wide;
  wide.zero_threshold = 0.3;  // within the bucket (0.25, 0.5]
  wide.zero_count = 5;
  AddHistogram(wide, &narrow);
  CHECK(narrow.zero_threshold == 0.5);
  CHECK(narrow.zero_count == 1 + 2 + 3 + 5);
  CHECK(Populated(BucketsOf(narrow.positive)) == Buckets{{1, 4}});
}

TEST_CASE("adding custom buckets keeps the bounds that both have") {
  const uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  Random random(seed);
  for (int i = 0; i < 300; ++i) {
    const FloatHistogram a = random.Custom();
    const FloatHistogram b = random.Custom();
    FloatHistogram result = a;
    const auto outcome = AddHistogram(b, &result);
    CHECK(outcome.bounds_matched == (a.custom_values != b.custom_values));
    auto expected = ByCommonBounds(a, b);
    for (const auto& [bound, count] : ByCommonBounds(b, a)) expected[bound] += count;
    std::erase_if(expected, [](const auto& entry) { return entry.second == 0; });
    std::map<double, double> actual;
    for (const auto& [index, count] : Populated(BucketsOf(result.positive))) {
      const auto at = static_cast<size_t>(index);
      actual[at < result.custom_values.size() ? result.custom_values[at] : kInfinity] = count;
    }
    CHECK(actual == expected);
    HistogramSum sum(a);
    sum.Add(b);
    FloatHistogram total = sum.Total();
    total.Compact();
    result.Compact();
    CHECK(total.Equals(result));
  }
}

TEST_CASE("exponential and custom buckets do not add") {
  FloatHistogram custom;
  custom.schema = FloatHistogram::kCustomSchema;
  FloatHistogram exponential;
  exponential.count = 3;
  CHECK(AddHistogram(custom, &exponential).incompatible);
  CHECK(exponential.count == 3);
  HistogramSum sum(exponential);
  CHECK(sum.Add(custom).incompatible);
  CHECK(sum.Total().count == 3);
}

TEST_CASE("hints of a sum: gauge wins, unknown is next, and reset with no reset collides") {
  const auto sum_of = [](ResetHint a, ResetHint b) {
    FloatHistogram left;
    FloatHistogram right;
    left.hint = a;
    right.hint = b;
    const bool collide = AddHistogram(right, &left).hints_collide;
    return std::pair(left.hint, collide);
  };
  using enum ResetHint;
  CHECK(sum_of(kReset, kReset) == std::pair(kReset, false));
  CHECK(sum_of(kGauge, kReset) == std::pair(kGauge, false));
  CHECK(sum_of(kNotReset, kGauge) == std::pair(kGauge, false));
  CHECK(sum_of(kNotReset, kUnknown) == std::pair(kUnknown, false));
  CHECK(sum_of(kUnknown, kReset) == std::pair(kUnknown, false));
  CHECK(sum_of(kReset, kNotReset) == std::pair(kUnknown, true));
}

TEST_CASE("a compensated sum keeps what plain addition loses") {
  FloatHistogram one;
  one.count = one.sum = 1;
  one.positive = SideOf({{1, 1}});
  FloatHistogram huge = one;
  huge.Multiply(1e20);
  HistogramSum sum(one);
  sum.Add(huge);
  huge.Multiply(-1);
  sum.Add(huge);
  CHECK(sum.Total().count == 1);
  CHECK(sum.Total().positive.counts[0] == 1);
}

TEST_CASE("compacting takes empty buckets away and nothing else") {
  const uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  Random random(seed);
  for (int i = 0; i < 200; ++i) {
    FloatHistogram h = random.Exponential();
    const FloatHistogram before = h;
    h.Compact();
    CHECK(BucketsOf(h.positive) == Populated(BucketsOf(before.positive)));
    CHECK(BucketsOf(h.negative) == Populated(BucketsOf(before.negative)));
    for (size_t s = 1; s < h.positive.spans.size(); ++s) CHECK(h.positive.spans[s].offset > 0);
  }
}

TEST_CASE("a reset is a count or a bucket that has fallen") {
  FloatHistogram before;
  before.count = 6;
  before.positive = SideOf({{1, 2}, {2, 4}});
  FloatHistogram after = before;
  CHECK_FALSE(after.DetectReset(before));
  after.count = 7;
  after.positive = SideOf({{1, 2}, {2, 4}, {5, 1}});
  CHECK_FALSE(after.DetectReset(before));
  CHECK(before.DetectReset(after));
  after.positive = SideOf({{1, 1}, {2, 6}});
  CHECK(after.DetectReset(before));
  after.hint = ResetHint::kNotReset;
  CHECK_FALSE(after.DetectReset(before));
  after.hint = ResetHint::kReset;
  CHECK(after.DetectReset(before));
  after = before;
  after.schema = 1;
  CHECK(after.DetectReset(before));  // a finer resolution comes with a restart
  before.schema = 1;
  after.schema = 0;
  after.positive = SideOf({{1, 6}});
  CHECK_FALSE(after.DetectReset(before));
}

TEST_CASE("buckets are walked in order of value") {
  const uint32_t seed = std::random_device()();
  INFO("seed " << seed);
  Random random(seed);
  for (int i = 0; i < 200; ++i) {
    const FloatHistogram h = random.Exponential();
    std::vector<double> lowers;
    double total = 0;
    for (BucketWalk walk(h); walk.Next();) {
      CHECK(walk.bucket().lower < walk.bucket().upper);
      if (!lowers.empty()) CHECK(walk.bucket().lower > lowers.back());
      lowers.push_back(walk.bucket().lower);
      total += walk.bucket().count;
    }
    double expected = h.zero_count;
    for (const double count : h.positive.counts) expected += count;
    for (const double count : h.negative.counts) expected += count;
    CHECK(total == expected);
    for (BucketWalk walk(h, /*descending=*/true); walk.Next(); lowers.pop_back()) {
      REQUIRE_FALSE(lowers.empty());
      CHECK(walk.bucket().lower == lowers.back());
    }
    CHECK(lowers.empty());
  }
}

TEST_CASE("trimming at a bucket's border keeps the buckets on one side") {
  FloatHistogram h;
  h.count = 15;
  h.sum = 100;
  h.zero_threshold = 0.001;
  h.zero_count = 1;
  h.positive = SideOf({{0, 2}, {1, 4}, {2, 8}});
  FloatHistogram lower_part = h;
  lower_part.Trim(2, /*upper=*/true);
  CHECK(BucketsOf(lower_part.positive) == Buckets{{0, 2}, {1, 4}});
  CHECK(lower_part.count == 7);
  FloatHistogram upper_part = h;
  upper_part.Trim(2, /*upper=*/false);
  CHECK(BucketsOf(upper_part.positive) == Buckets{{2, 8}});
  CHECK(upper_part.count == 8);
  CHECK(upper_part.zero_count == 0);
  FloatHistogram whole = h;
  whole.Trim(1000, /*upper=*/true);
  CHECK(whole.Equals(h));
}

TEST_CASE("texts name bounds and counts") {
  FloatHistogram h;
  h.schema = 0;
  h.count = 10;
  h.sum = 3.5;
  h.zero_threshold = 0.001;
  h.zero_count = 1;
  h.positive = SideOf({{1, 2}, {3, 4}});
  h.negative = SideOf({{0, 3}});
  h.hint = ResetHint::kGauge;
  CHECK(h.ToString() == "{count:10, sum:3.5, [-1,-0.5):3, [-0.001,0.001]:1, (1,2]:2, (4,8]:4}");
  CHECK(h.ToTestNotation() ==
        "{{count:10 sum:3.5 z_bucket:1 z_bucket_w:0.001 counter_reset_hint:gauge offset:1 "
        "buckets:[2 0 4] n_buckets:[3]}}");
}

}  // namespace
}  // namespace silverback

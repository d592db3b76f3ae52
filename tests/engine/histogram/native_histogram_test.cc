#include "engine/histogram/native_histogram.h"

#include <limits>
#include <string>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

/// 1 observation in bucket 1, 2 in bucket 2, 4 in bucket 5, 3 in the zero bucket.
NativeHistogram Sound() {
  NativeHistogram histogram;
  histogram.schema = 1;
  histogram.zero_threshold = 0.001;
  histogram.zero_count = 3;
  histogram.count = 10;
  histogram.sum = 18.4;
  histogram.positive_spans = {{1, 2}, {2, 1}};
  histogram.positive_counts = {1, 2, 4};
  return histogram;
}

NativeHistogram Custom() {
  NativeHistogram histogram;
  histogram.schema = kCustomBucketsSchema;
  histogram.count = 7;
  histogram.sum = 9;
  histogram.custom_values = {1, 2.5, 10};
  histogram.positive_spans = {{0, 1}, {2, 1}};
  histogram.positive_counts = {3, 4};
  return histogram;
}

/// The same with float counts.
NativeHistogram AsFloat(NativeHistogram histogram) {
  histogram.is_float = true;
  histogram.count = BitsOf(static_cast<double>(histogram.count));
  histogram.zero_count = BitsOf(static_cast<double>(histogram.zero_count));
  for (auto* counts : {&histogram.positive_counts, &histogram.negative_counts}) {
    for (HistogramCount& count : *counts) count = BitsOf(static_cast<double>(count));
  }
  return histogram;
}

std::string Problem(const NativeHistogram& histogram) {
  return std::string(MessageOf(histogram.Validate()));
}

TEST_CASE("sound histograms are valid") {
  CHECK(Problem(Sound()) == "");
  CHECK(Problem(AsFloat(Sound())) == "");
  CHECK(Problem(Custom()) == "");
  CHECK(Problem(AsFloat(Custom())) == "");
  CHECK(Problem(NativeHistogram()) == "");
  CHECK(Problem(NativeHistogram::StaleMarker()) == "");
  CHECK(NativeHistogram::StaleMarker().IsStale());
}

TEST_CASE("what is wrong with a histogram is said as Prometheus says it") {
  NativeHistogram histogram = Sound();
  histogram.schema = 9;
  CHECK(Problem(histogram) ==
        "histogram has an invalid schema, which must be between -4 and 8 for exponential buckets, "
        "or -53 for custom buckets, got schema 9");
  histogram = Sound();
  histogram.positive_counts.push_back(1);
  CHECK(Problem(histogram) ==
        "positive side: spans need 3 buckets, have 4 buckets: histogram spans specify different "
        "number of buckets than provided");
  histogram = Sound();
  histogram.positive_spans[1].offset = -1;
  CHECK(Problem(histogram) ==
        "positive side: span number 2 with offset -1: histogram has a span whose offset is "
        "negative");
  histogram = Sound();
  histogram.positive_counts[1] = static_cast<HistogramCount>(int64_t{-2});
  CHECK(Problem(histogram) ==
        "positive side: bucket number 2 has observation count of -2: histogram has a bucket whose "
        "observation count is negative");
  histogram = Sound();
  histogram.count = 11;
  CHECK(
      Problem(histogram) ==
      "10 observations found in buckets, but the Count field is 11: histogram's observation count "
      "should equal the number of observations found in the buckets (in absence of NaN)");
  histogram.sum = std::numeric_limits<double>::quiet_NaN();
  CHECK(Problem(histogram) == "");
  histogram.count = 9;
  CHECK(Problem(histogram) ==
        "10 observations found in buckets, but the Count field is 9: histogram's observation count "
        "should be at least the number of observations found in the buckets");
  histogram = Sound();
  histogram.custom_values = {1};
  CHECK(Problem(histogram) == "histogram with exponential schema must not have custom bounds");
  histogram = AsFloat(Sound());
  histogram.zero_count = BitsOf(-1);
  CHECK(
      Problem(histogram) ==
      "zero bucket has observation count of -1: histogram has a bucket whose observation count is "
      "negative");
}

TEST_CASE("what is wrong with custom buckets is said as Prometheus says it") {
  NativeHistogram histogram = Custom();
  histogram.custom_values = {1, 1};
  CHECK(Problem(histogram) ==
        "custom buckets: previous bound is 1.000000 and current is 1.000000: histogram custom "
        "bounds must be in strictly increasing order");
  histogram.custom_values = {1, std::numeric_limits<double>::infinity()};
  CHECK(Problem(histogram) ==
        "custom buckets: last +Inf bound must not be explicitly defined: histogram custom bounds "
        "must be finite");
  histogram.custom_values = {1, std::numeric_limits<double>::quiet_NaN()};
  CHECK(Problem(histogram) == "custom buckets: histogram custom bounds must not be NaN");
  histogram.custom_values = {1, 2};
  CHECK(Problem(histogram) ==
        "custom buckets: only 2 custom bounds defined which is insufficient to cover total span "
        "length of 4: histogram custom bounds are too few");
  histogram = Custom();
  histogram.zero_count = 1;
  CHECK(Problem(histogram) == "custom buckets: must have zero count of 0");
  histogram = Custom();
  histogram.zero_threshold = 1;
  CHECK(Problem(histogram) == "custom buckets: must have zero threshold of 0");
  histogram = Custom();
  histogram.negative_spans = {{0, 0}};
  CHECK(Problem(histogram) == "custom buckets: must not have negative spans");
}

TEST_CASE("histograms beyond the bounds are refused") {
  NativeHistogram histogram;
  histogram.positive_spans = {{0, kMaxHistogramBuckets + 1}};
  histogram.positive_counts.resize(kMaxHistogramBuckets + 1);
  CHECK(Problem(histogram) == "histogram has 16385 buckets, the limit is 16384");
  histogram.positive_spans = {{std::numeric_limits<int32_t>::max(), 1}, {0, 1}};
  histogram.positive_counts.resize(2);
  CHECK(Problem(histogram) ==
        "positive side: histogram has a bucket whose index 2147483647 is out of range");
}

TEST_CASE("a finer schema is brought down to a coarser one") {
  NativeHistogram histogram = Sound();
  histogram.negative_spans = {{-3, 4}};
  histogram.negative_counts = {1, 2, 3, 4};
  REQUIRE(histogram.ReduceResolution(0).ok());
  CHECK(histogram.schema == 0);
  // Buckets 1, 2 -> 1; 5 -> 3.
  CHECK(histogram.positive_spans == std::vector<HistogramSpan>{{1, 1}, {1, 1}});
  CHECK(histogram.positive_counts == std::vector<HistogramCount>{3, 4});
  // Buckets -3, -2 -> -1; -1, 0 -> 0.
  CHECK(histogram.negative_spans == std::vector<HistogramSpan>{{-1, 2}});
  CHECK(histogram.negative_counts == std::vector<HistogramCount>{3, 7});
}

TEST_CASE("equality looks at bits") {
  NativeHistogram a = AsFloat(Sound());
  NativeHistogram b = a;
  CHECK(a == b);
  a.sum = ValueOf(0x7ff8000000000001);
  b.sum = ValueOf(0x7ff8000000000002);
  CHECK_FALSE(a == b);
  CHECK(a.SameLayout(b));
  b.sum = a.sum;
  CHECK(a == b);
  b.zero_threshold = -a.zero_threshold;
  CHECK_FALSE(a.SameLayout(b));
}

}  // namespace
}  // namespace silverback

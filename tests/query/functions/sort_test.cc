#include "query/functions/sort.h"

#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

std::vector<double> ValuesOf(const std::vector<VectorSample>& samples) {
  std::vector<double> values;
  for (const VectorSample& sample : samples) values.push_back(sample.value);
  return values;
}

TEST_CASE("Sorting by value puts NaN last, either way") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<VectorSample> samples;
  for (const double value : {3.0, nan, -1.0, 7.0, nan, 0.0}) {
    samples.push_back({LabelSet{}, 0, value, nullptr});
  }
  SortByValue(&samples, false);
  auto values = ValuesOf(samples);
  CHECK(std::vector<double>(values.begin(), values.begin() + 4) ==
        std::vector<double>{-1, 0, 3, 7});
  CHECK(std::isnan(values[5]));
  SortByValue(&samples, true);
  values = ValuesOf(samples);
  CHECK(std::vector<double>(values.begin(), values.begin() + 4) ==
        std::vector<double>{7, 3, 0, -1});
  CHECK(std::isnan(values[4]));
}

TEST_CASE("Natural order compares digits as numbers") {
  CHECK(NaturalLess("a2", "a10"));
  CHECK(!NaturalLess("a10", "a2"));
  CHECK(NaturalLess("a", "a1"));
  CHECK(NaturalLess("", "a"));
  CHECK(!NaturalLess("x1", "x1"));
  CHECK(NaturalLess("9", "a"));
  CHECK(NaturalLess("99999999999999999998", "99999999999999999999"));  // too large: as text
  CHECK(NaturalLess("01", "1") != NaturalLess("1", "01"));             // still an order
}

TEST_CASE("Sorting by labels falls back to all labels") {
  std::vector<VectorSample> samples;
  for (const char* instance : {"h10", "h2", "h2"}) {
    samples.push_back({LabelSet{{"instance", instance},
                                {"n", std::string(1, static_cast<char>('c' - samples.size()))}},
                       0, static_cast<double>(samples.size()), nullptr});
  }
  const std::vector<std::string> names = {"instance"};
  SortByLabel(&samples, names, false);
  CHECK(ValuesOf(samples) == std::vector<double>{2, 1, 0});
  SortByLabel(&samples, names, true);
  CHECK(ValuesOf(samples) == std::vector<double>{0, 1, 2});
}

}  // namespace
}  // namespace silverback

#include "query/api/number_text.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <limits>
#include <random>
#include <string>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

std::string Text(double value) {
  std::string text;
  AppendDouble(&text, value);
  return text;
}

std::string Fixed(double value) {
  std::string text;
  AppendDoubleFixed(&text, value);
  return text;
}

std::string Time(int64_t ms) {
  std::string text;
  AppendTimestamp(&text, ms);
  return text;
}

}  // namespace

// The expected texts are what Go's strconv gives.
TEST_CASE("sample values are written as Prometheus writes them") {
  struct Row {
    double value;
    const char* text;
  };
  const Row rows[] = {
      {0, "0"},
      {-0.0, "-0"},
      {1, "1"},
      {-1, "-1"},
      {0.1, "0.1"},
      {1.5, "1.5"},
      {100, "100"},
      {1.0 / 3, "0.3333333333333333"},
      {2.0 / 3, "0.6666666666666666"},
      {1e-6, "0.000001"},
      {1.5e-6, "0.0000015"},
      {9.99e-7, "9.99e-07"},
      {1e-7, "1e-07"},
      {5e-324, "5e-324"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {1e20, "100000000000000000000"},
      {1e21, "1e+21"},
      {123456789012345680000.0, "123456789012345680000"},
      {73786976294838206464.0, "73786976294838210000"},
      {9007199254740991.0, "9007199254740991"},
      {9007199254740992.0, "9007199254740992"},
      {9007199254740993.0, "9007199254740992"},
      {18014398509481988.0, "18014398509481988"},
      {1435781451.781, "1435781451.781"},
      {0.000123, "0.000123"},
      {123456.789, "123456.789"},
      {std::numeric_limits<double>::infinity(), "+Inf"},
      {-std::numeric_limits<double>::infinity(), "-Inf"},
      {std::numeric_limits<double>::quiet_NaN(), "NaN"},
      {-std::numeric_limits<double>::quiet_NaN(), "NaN"},
  };
  for (const Row& row : rows) CHECK(Text(row.value) == row.text);
}

TEST_CASE("the fixed form never has an exponent") {
  CHECK(Fixed(1e21) == "1000000000000000000000");
  CHECK(Fixed(1e-7) == "0.0000001");
  CHECK(Fixed(1.25e-10) == "0.000000000125");
  CHECK(Fixed(1e300) == "1" + std::string(300, '0'));
  CHECK(Fixed(5e-324) == "0." + std::string(323, '0') + "5");
  CHECK(Fixed(std::numeric_limits<double>::quiet_NaN()) == "NaN");
}

TEST_CASE("every text reads back as the same double") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 200000; ++i) {
    const double value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    CAPTURE(value);
    REQUIRE(std::strtod(Text(value).c_str(), nullptr) == value);
    REQUIRE(std::strtod(Fixed(value).c_str(), nullptr) == value);
  }
}

// The oracle: the standard library's digits.
TEST_CASE("the digits are the standard library's") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> exponent(-6, 21);
  for (int i = 0; i < 200000; ++i) {
    // As many digits as there are, and few.
    double value = std::pow(10.0, exponent(random));
    if (i % 2 == 0) value = std::floor(value * 1000) / 1000;
    if (value < 1e-6 || value >= 1e21) continue;
    char text[64];
    const auto end =
        std::to_chars(text, text + sizeof(text), value, std::chars_format::scientific).ptr;
    std::string expected(text, end);
    expected.resize(expected.find('e'));
    std::erase(expected, '.');
    std::string digits = Text(value);
    std::erase(digits, '.');
    digits.erase(0, digits.find_first_not_of('0'));
    while (digits.size() > 1 && digits.back() == '0') digits.pop_back();
    CAPTURE(value);
    REQUIRE(digits == expected);
  }
}

TEST_CASE("short decimals are as short as they were") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 200000; ++i) {
    // A decimal of up to 17 digits with up to nine behind the point.
    const uint64_t digits = random() >> (11 + random() % 52);
    const std::string text = fmt::format("{}e-{}", digits, random() % 10);
    const double value = std::strtod(text.c_str(), nullptr);
    if (value != 0 && value < 1e-6) continue;
    CAPTURE(text);
    REQUIRE(std::strtod(Text(value).c_str(), nullptr) == value);
    REQUIRE(Text(value) == Fixed(value));
    REQUIRE(Text(-value) == fmt::format("-{}", Text(value)));
  }
}

TEST_CASE("timestamps are seconds with three decimals or none") {
  CHECK(Time(0) == "0");
  CHECK(Time(1435781451781) == "1435781451.781");
  CHECK(Time(1435781451000) == "1435781451");
  CHECK(Time(1435781451050) == "1435781451.050");
  CHECK(Time(1) == "0.001");
  CHECK(Time(-1) == "-0.001");
  CHECK(Time(-50) == "-0.050");
  CHECK(Time(-2000) == "-2");
  CHECK(Time(std::numeric_limits<int64_t>::min()) == "-9223372036854775.808");
  CHECK(Time(std::numeric_limits<int64_t>::max()) == "9223372036854775.807");
}

}  // namespace silverback

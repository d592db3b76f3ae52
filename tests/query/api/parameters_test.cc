#include "query/api/parameters.h"

#include <catch2/catch.hpp>

#include "query/api/rfc3339.h"

namespace silverback {

TEST_CASE("forms are decoded as Go decodes them") {
  FormParameters parameters;
  parameters.AddEncoded("query=1%2B1&time=4&a=x+y%20z&match[]=m&match%5B%5D=n&empty=&flag&b={|}");
  CHECK(parameters.First("query") == "1+1");
  CHECK(parameters.First("time") == "4");
  CHECK(parameters.First("a") == "x y z");
  CHECK(parameters.All("match[]") == std::vector<std::string_view>{"m", "n"});
  CHECK(parameters.First("empty").empty());
  CHECK(parameters.All("flag") == std::vector<std::string_view>{""});
  CHECK(parameters.First("b") == "{|}");
  CHECK(parameters.First("absent").empty());
}

TEST_CASE("pairs with a broken escape are left out, the others stay") {
  FormParameters parameters;
  parameters.AddEncoded("a=%zz&b=%4&c=1;d=2&%=x&e=ok&=v&&");
  CHECK(parameters.First("a").empty());
  CHECK(parameters.First("b").empty());
  CHECK(parameters.First("c").empty());
  CHECK(parameters.First("e") == "ok");
}

TEST_CASE("the first value wins where one is asked for") {
  FormParameters parameters;
  parameters.AddEncoded("query=body");
  parameters.AddEncoded("query=url&x=1");
  CHECK(parameters.First("query") == "body");
  CHECK(parameters.First("x") == "1");
}

TEST_CASE("times are float seconds or RFC 3339") {
  struct Row {
    const char* text;
    int64_t ms;
  };
  const Row rows[] = {
      {"0", 0},
      {"4", 4000},
      {"1795424040.123", 1795424040123},
      {"1.79e9", 1790000000000},
      {"-1.5", -1500},
      {"+2", 2000},
      {"0.0004", 0},
      {"0.0005", 1},
      {"1795422652930", 1795422652930000},
      {"2026-08-07T12:00:00Z", 1786104000000},
      {"2026-08-07T12:00:00.123Z", 1786104000123},
      {"2026-08-07T12:00:00.1239999Z", 1786104000123},
      {"2026-08-07T14:00:00+02:00", 1786104000000},
      {"1969-12-31T23:59:59.999Z", -1},
      {"-292273086-05-16T16:47:06Z", kMinApiTimeMs},
      {"292277025-08-18T07:12:54.999999999Z", kMaxApiTimeMs},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto time = ParseTime(row.text);
    REQUIRE(time.ok());
    CHECK(*time == row.ms);
  }
  CHECK(kMinApiTimeMs == -9223309901257974000);
  CHECK(kMaxApiTimeMs == 9223309901257974999);
}

TEST_CASE("what is no time is refused in upstream's words") {
  for (const char* text :
       {"", "x", "nan", "inf", "1e300", "1 ", " 1", "+-1", "2026-13-07T12:00:00Z",
        "2026-02-30T12:00:00Z", "2026-08-07", "2026-08-07T12:00:00", "2026-08-07T24:00:00Z",
        "2026-08-07T12:00:00.Z", "2026-08-07T12:00:00Zx", "99999999999999999999"}) {
    CAPTURE(text);
    const auto time = ParseTime(text);
    REQUIRE_FALSE(time.ok());
    CHECK(MessageOf(time.status()) ==
          "cannot parse \"" + std::string(text) + "\" to a valid timestamp");
  }
}

TEST_CASE("durations are float seconds or Prometheus' own") {
  CHECK(*ParseApiDurationNs("15") == 15'000'000'000);
  CHECK(*ParseApiDurationNs("0.5") == 500'000'000);
  CHECK(*ParseApiDurationNs("1h30m") == 5'400'000'000'000);
  CHECK(*ParseApiDurationNs("1m0s") == 60'000'000'000);
  CHECK(*ParseApiDurationNs("-1") == -1'000'000'000);
  CHECK(MessageOf(ParseApiDurationNs("").status()) == "cannot parse \"\" to a valid duration");
  CHECK(MessageOf(ParseApiDurationNs("1x").status()) == "cannot parse \"1x\" to a valid duration");
  CHECK(MessageOf(ParseApiDurationNs("1e30").status()) ==
        "cannot parse \"1e30\" to a valid duration. It overflows int64");
}

TEST_CASE("limits are whole numbers from 0") {
  CHECK(*ParseLimit("") == 0);
  CHECK(*ParseLimit("0") == 0);
  CHECK(*ParseLimit("40000") == 40000);
  CHECK(*ParseLimit("+5") == 5);
  CHECK(MessageOf(ParseLimit("-1").status()) == "limit must be non-negative");
  CHECK(MessageOf(ParseLimit("x").status()) == R"(strconv.Atoi: parsing "x": invalid syntax)");
  CHECK(MessageOf(ParseLimit("1.5").status()) == R"(strconv.Atoi: parsing "1.5": invalid syntax)");
  CHECK(MessageOf(ParseLimit("99999999999999999999").status()) ==
        R"(strconv.Atoi: parsing "99999999999999999999": value out of range)");
}

TEST_CASE("escaped names are decoded, broken ones stay") {
  CHECK(UnescapeName("U__service_2e_name") == "service.name");
  CHECK(UnescapeName("U__a__b") == "a_b");
  CHECK(UnescapeName("U___4e16_") == "世");
  CHECK(UnescapeName("U___1F600_") == "😀");
  CHECK(UnescapeName("plain_name") == "plain_name");
  CHECK(UnescapeName("U__") == "");
  for (const char* broken : {"U__a_", "U__a_zz_", "U__a_2e", "U__a_d800_", "U__a_1234567_"}) {
    CHECK(UnescapeName(broken) == broken);
  }
}

TEST_CASE("times are written as Go writes them in JSON") {
  CHECK(FormatRfc3339(1786104000123) == "2026-08-07T12:00:00.123Z");
  CHECK(FormatRfc3339(1786104000120) == "2026-08-07T12:00:00.12Z");
  CHECK(FormatRfc3339(1786104000000) == "2026-08-07T12:00:00Z");
  CHECK(FormatRfc3339(-1) == "1969-12-31T23:59:59.999Z");
}

}  // namespace silverback

#include "query/syntax/text.h"

#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

namespace silverback::syntax {
namespace {

TEST_CASE("numbers are read as Go reads them") {
  CHECK(*ParseNumber("0") == 0);
  CHECK(*ParseNumber("08") == 8);
  CHECK(*ParseNumber("0755") == 493);
  CHECK(*ParseNumber("0x_1F") == 31);
  CHECK(*ParseNumber("1_000.5") == 1000.5);
  CHECK(*ParseNumber("1e-400") == 0);
  CHECK(*ParseNumber("5e-324") == std::numeric_limits<double>::denorm_min());
  CHECK(*ParseNumber("9223372036854775808") == 9223372036854775808.0);
  CHECK(std::isnan(*ParseNumber("NaN")));
  CHECK(std::isinf(*ParseNumber("inf")));
  CHECK(MessageOf(ParseNumber("1e400").status()) ==
        "strconv.ParseFloat: parsing \"1e400\": value out of range");
  CHECK(MessageOf(ParseNumber("0x").status()) ==
        "strconv.ParseFloat: parsing \"0x\": invalid syntax");
  CHECK_FALSE(ParseNumber("1__0").ok());
  CHECK_FALSE(ParseNumber("0xffffffffffffffffff").ok());
}

TEST_CASE("string literals are unquoted as Go unquotes them") {
  CHECK(*Unquote("\"a\\n\\x41\\101\\u00e9\\U0001F600\"") == "a\nAA\xc3\xa9\xf0\x9f\x98\x80");
  CHECK(*Unquote("'it\\'s \"so\"'") == "it's \"so\"");
  CHECK(*Unquote("`a\\n`") == "a\\n");
  CHECK(*Unquote("\"\\xff\"") == "\xff");
  for (const std::string_view bad :
       {"", "\"", "\"a'", "\"\\'\"", "'\\\"'", "\"\\8\"", "\"\\x4\"", "\"\\400\"",
        "\"\\U00110000\"", "\"a\nb\"", "\"a\"b\"", "abc"}) {
    INFO(bad);
    CHECK_FALSE(Unquote(bad).ok());
  }
}

TEST_CASE("characters are decoded, quoted and described") {
  CHECK(DecodeRune("").code == kEndOfText);
  CHECK(DecodeRune("\xff").code == kInvalidRune);
  CHECK(DecodeRune("\xed\xa0\x80").bytes == 1);  // a surrogate
  CHECK(DecodeRune("\xf0\x9f\x98\x80x").bytes == 4);
  CHECK(FirstRunes("a\xc3\xa9xyz", 2) == "a\xc3\xa9");
  CHECK(QuoteRune('\'') == "'\\''");
  CHECK(QuoteRune('"') == "'\"'");
  CHECK(QuoteRune('\n') == "'\\n'");
  CHECK(QuoteRune(kEndOfText) == "'\xef\xbf\xbd'");
  CHECK(DescribeRune('q') == "U+0071 'q'");
  CHECK(DescribeRune(1) == "U+0001");
}

}  // namespace
}  // namespace silverback::syntax

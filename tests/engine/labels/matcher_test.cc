#include "engine/labels/matcher.h"

#include <random>
#include <re2/re2.h>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

using Literals = std::vector<std::string>;

Matcher Regex(std::string pattern) {
  StatusOr<Matcher> matcher = Matcher::Create(MatchType::kRegex, "l", std::move(pattern));
  REQUIRE(matcher.ok());
  return *matcher;
}

TEST_CASE("equality compares values") {
  const Matcher equal = Matcher::Equal("job", "a");
  CHECK(equal.Matches("a"));
  CHECK_FALSE(equal.Matches("ab"));
  CHECK_FALSE(equal.MatchesEmpty());
  CHECK_FALSE(equal.negative());
  CHECK(equal.literals() == Literals{"a"});
  CHECK(equal.prefix() == "a");
  CHECK(equal.ToString() == "job=\"a\"");
  const Matcher unequal = equal.Inverse();
  CHECK(unequal.type() == MatchType::kNotEqual);
  CHECK_FALSE(unequal.Matches("a"));
  CHECK(unequal.MatchesEmpty());
  CHECK(unequal.negative());
  CHECK(unequal.literals() == Literals{"a"});
  CHECK(unequal.Inverse() == equal);
}

TEST_CASE("regexes are anchored at both ends and match over lines") {
  const Matcher matcher = Regex("a.c");
  CHECK(matcher.Matches("abc"));
  CHECK(matcher.Matches("a\nc"));
  CHECK_FALSE(matcher.Matches("xabc"));
  CHECK_FALSE(matcher.Matches("abcx"));
  CHECK_FALSE(matcher.Matches("abc\n"));
  CHECK(matcher.Inverse().Matches("xabc"));
  CHECK_FALSE(matcher.Inverse().Matches("abc"));
  CHECK(Regex("a|bc").Matches("bc"));
  CHECK_FALSE(Regex("a|bc").Matches("ac"));
  CHECK(Regex("").MatchesEmpty());
  CHECK(Regex(".*").MatchesEmpty());
  CHECK_FALSE(Regex(".+").MatchesEmpty());
  CHECK(Regex("(?i)ABC").Matches("abc"));
}

TEST_CASE("finite regexes list their values") {
  CHECK(Regex("a").literals() == Literals{"a"});
  CHECK(Regex("b|a|b").literals() == Literals{"a", "b"});
  CHECK(Regex("x(1|2)").literals() == Literals{"x1", "x2"});
  CHECK(Regex("x(?:1|2)?y").literals() == Literals{"x1y", "x2y", "xy"});
  CHECK(Regex("[a-c0]").literals() == Literals{"0", "a", "b", "c"});
  CHECK(Regex("^a\\.b$").literals() == Literals{"a.b"});
  CHECK(Regex("\xc3\xa9?").literals() == Literals{"", "\xc3\xa9"});
  CHECK(Regex("").literals() == Literals{""});
  CHECK(Regex("a^b").literals() == Literals{});
  CHECK(Regex("a|").literals() == Literals{"", "a"});
  CHECK_FALSE(Regex("a+").literals().has_value());
  CHECK_FALSE(Regex("[^a]").literals().has_value());
  CHECK_FALSE(Regex("(?i)a").literals().has_value());
  CHECK_FALSE(Regex("[a-z][a-z]").literals().has_value());
}

TEST_CASE("a prefix is known where all values share one") {
  CHECK(Regex("abc.*").prefix() == "abc");
  CHECK(Regex("abc[0-9]+x").prefix() == "abc");
  CHECK(Regex("(abx|aby).+").prefix() == "ab");
  CHECK(Regex("ab?c.*").prefix() == "a");
  CHECK(Regex("^abc.*$").prefix() == "abc");
  CHECK(Regex(".*abc").prefix().empty());
  CHECK(Regex("(?i)abc.*").prefix().empty());
}

TEST_CASE("a regex that does not compile is refused with the reason") {
  const auto error = [](std::string pattern) {
    return std::string(
        MessageOf(Matcher::Create(MatchType::kNotRegex, "l", std::move(pattern)).status()));
  };
  CHECK(error("(a") == "error parsing regexp: missing closing ): `(a`");
  CHECK(error("a)") == "error parsing regexp: unexpected ): `a)`");
  CHECK(error("[") == "error parsing regexp: missing closing ]: `[`");
  CHECK(error("*") == "error parsing regexp: missing argument to repetition operator: `*`");
  CHECK(error("a**") == "error parsing regexp: invalid nested repetition operator: `**`");
  CHECK(error("\\8") == "error parsing regexp: invalid escape sequence: `\\8`");
  CHECK(error("a{1001}") == "error parsing regexp: invalid repeat count: `{1001}`");
  CHECK(error("(?=a)") == "error parsing regexp: invalid or unsupported Perl syntax: `(?=`");
}

TEST_CASE("matchers print as in PromQL") {
  CHECK(Regex("a\"b").ToString() == "l=~\"a\\\"b\"");
  CHECK(Matcher::Equal("a b", "c").Inverse().ToString() == "\"a b\"!=\"c\"");
  CHECK(Regex("x").Inverse().ToString() == "l!~\"x\"");
}

/// Writes patterns of the kinds that users write, and odder ones.
class PatternGenerator {
 public:
  explicit PatternGenerator(uint64_t seed) : random_(seed) {}

  std::string Pattern(int depth) {
    std::string out;
    for (size_t i = Pick(4); i > 0; --i) out += Atom(depth) + Repetition();
    if (depth > 0 && Pick(3) == 0) out.append("|").append(Pattern(depth - 1));
    return out;
  }
  std::string Value() {
    std::string out;
    for (size_t i = Pick(6); i > 0; --i) {
      out += One({"a", "b", "c", "ab", ".", "\n", "\xc3\xa9", "1"});
    }
    return out;
  }

 private:
  size_t Pick(size_t count) { return random_() % count; }
  std::string One(std::vector<std::string> options) { return options[Pick(options.size())]; }
  std::string Repetition() {
    return One({"", "", "", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}"});
  }
  std::string Atom(int depth) {
    if (depth > 0 && Pick(4) == 0)
      return fmt::format("{}{})", One({"(", "(?:", "(?i:", "(?P<x>"}), Pattern(depth - 1));
    return One({"a",        "b",           "c",      "ab",       "\\.",  ".", "[ab]", "[a-c1]",
                "[^a]",     "[[:alpha:]]", "\\d",    "\\w",      "\\n",  "^", "$",    "\\b",
                "\xc3\xa9", "\\x61",       "[\\n.]", "\\Qa.\\E", "a{0}", "1"});
  }
  std::mt19937_64 random_;
};

TEST_CASE("the fast paths agree with the plain regex") {
  const uint64_t seed = 42;
  INFO("seed " << seed);
  PatternGenerator generator(seed);
  for (int i = 0; i < 3000; ++i) {
    const std::string pattern = generator.Pattern(3);
    const StatusOr<Matcher> matcher = Matcher::Create(MatchType::kRegex, "l", pattern);
    const RE2 plain(fmt::format("^(?s:{})$", pattern), RE2::Quiet);
    REQUIRE(matcher.ok() == plain.ok());
    if (!matcher.ok()) continue;
    INFO(pattern);
    std::vector<std::string> values = {""};
    for (int v = 0; v < 40; ++v) values.push_back(generator.Value());
    if (matcher->literals()) {
      values.insert(values.end(), matcher->literals()->begin(), matcher->literals()->end());
    }
    for (const std::string& value : values) {
      INFO(value);
      const bool expected = RE2::FullMatch(value, plain);
      REQUIRE(matcher->Matches(value) == expected);
      REQUIRE(matcher->Inverse().Matches(value) == !expected);
      if (expected) REQUIRE(value.starts_with(matcher->prefix()));
    }
    if (matcher->literals()) {
      for (const std::string& value : *matcher->literals()) REQUIRE(RE2::FullMatch(value, plain));
    }
  }
}

}  // namespace
}  // namespace silverback

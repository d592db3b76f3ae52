#include "engine/labels/label_set.h"

#include <random>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

TEST_CASE("labels come back sorted, without empty values") {
  const LabelSet set{{"b", "2"}, {"a", "1"}, {"c", ""}};
  std::vector<Label> seen(set.begin(), set.end());
  REQUIRE(seen == std::vector<Label>{{"a", "1"}, {"b", "2"}});
  REQUIRE(set.size() == 2);
  REQUIRE(set.Get("b") == "2");
  REQUIRE_FALSE(set.Has("c"));
}

TEST_CASE("a set is made of labels in any order, and of no name twice") {
  CHECK(LabelSet::FromLabels({{"b", "1"}, {"a", "2"}}).value() == LabelSet{{"a", "2"}, {"b", "1"}});
  const auto twice = LabelSet::FromLabels({{"a", "1"}, {"b", "1"}, {"a", ""}});
  CHECK(MessageOf(twice.status()) == "label name \"a\" stands twice");
  CHECK_FALSE(LabelSet::FromLabels({{"b", "1"}, {"", "2"}}).ok());
}

TEST_CASE("an empty set has nothing to walk") {
  const LabelSet set;
  REQUIRE(set.begin() == set.end());
  REQUIRE(set.ToString() == "{}");
}

TEST_CASE("order is Prometheus' order, not that of the bytes") {
  REQUIRE(LabelSet{{"a", "1"}} < LabelSet{{"a", "1"}, {"b", "1"}});
  REQUIRE(LabelSet{{"a", "10"}} < LabelSet{{"a", "9"}});
  REQUIRE(LabelSet{{"aa", "1"}} < LabelSet{{"b", "1"}});
}

TEST_CASE("random sets are in the order of their labels") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  // Few names and values, short and long (their length takes two bytes): most sets begin alike.
  const std::string values[] = {"a",
                                "aa",
                                "ab",
                                "b",
                                std::string(127, 'x'),
                                std::string(128, 'x'),
                                std::string(130, 'x') + "y",
                                std::string(300, 'x')};
  const auto some = [&] {
    std::vector<std::pair<std::string, std::string>> labels;
    for (const char* name : {"__name__", "instance", "instance_", "job", "zone"}) {
      if (random() % 4 != 0) labels.emplace_back(name, values[random() % std::size(values)]);
    }
    return labels;
  };
  const auto set_of = [](const std::vector<std::pair<std::string, std::string>>& labels) {
    LabelSetBuilder builder;
    for (const auto& [name, value] : labels) builder.Set(name, value);
    return builder.Build();
  };
  for (int i = 0; i < 20000; ++i) {
    const auto a = some();
    auto b = random() % 2 == 0 ? some() : a;
    if (!b.empty() && random() % 2 == 0) b.back().second = values[random() % std::size(values)];
    REQUIRE((set_of(a) <=> set_of(b)) == (a <=> b));
  }
}

TEST_CASE("damaged encodings are refused") {
  const LabelSet set{{"a", "1"}, {"b", "2"}};
  REQUIRE(LabelSet::FromEncoded(set.encoded()).ok());
  REQUIRE_FALSE(LabelSet::FromEncoded(set.encoded().substr(0, 5)).ok());
  REQUIRE_FALSE(LabelSet::FromEncoded(std::string("\1b\1"
                                                  "2\1a\1"
                                                  "1"))
                    .ok());
  REQUIRE_FALSE(LabelSet::FromEncoded(std::string("\0\1x", 3)).ok());
}

TEST_CASE("a series prints as Prometheus prints it") {
  REQUIRE(LabelSet{{"__name__", "up"}}.ToString() == "up");
  REQUIRE(LabelSet{{"__name__", "up"}, {"job", "a\"b"}}.ToString() == R"(up{job="a\"b"})");
  REQUIRE(LabelSet{{"__name__", "http.x"}, {"s.n", "v"}}.ToString() == R"({"http.x", "s.n"="v"})");
}

TEST_CASE("a builder sets, replaces and deletes") {
  LabelSetBuilder builder(LabelSet{{"a", "1"}, {"b", "2"}});
  builder.Set("c", "3").Set("a", "9").Delete("b").Set("d", "");
  REQUIRE(builder.Build() == LabelSet{{"a", "9"}, {"c", "3"}});
}

TEST_CASE("a filtered set has the labels that were kept, as if made of them") {
  const LabelSet all{{"A", "0"}, {"__name__", "m"}, {"job", "j"}, {"zone", std::string(300, 'z')}};
  for (const std::string_view gone : {"A", "__name__", "job", "zone", "none"}) {
    LabelSetBuilder by_definition(all);
    by_definition.Delete(gone);
    CHECK(all.Filtered([&](std::string_view name) { return name != gone; }) ==
          by_definition.Build());
  }
  CHECK(all.Filtered([](std::string_view) { return false; }).empty());
  CHECK(LabelSet().Filtered([](std::string_view) { return true; }).empty());
}

TEST_CASE("invalid label sets are refused with the rule that they break") {
  const auto message = [](std::vector<Label> labels) {
    return std::string(MessageOf(ValidateLabels(labels, LabelLimits{3, 10, 10})));
  };
  REQUIRE(message({{"a", "1"}, {"b", ""}}) == "");
  REQUIRE(message({}) == "a series has no labels");
  REQUIRE(message({{"b", "1"}, {"a", "1"}}) == "");
  REQUIRE(message({{"", "1"}}).find("empty name") != std::string::npos);
  REQUIRE(message({{"a", "\xff"}}).find("UTF-8") != std::string::npos);
  REQUIRE(message({{"a", "12345678901"}}).find("over the limit") != std::string::npos);
  REQUIRE(message({{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}}).find("limit of 3") !=
          std::string::npos);
}

TEST_CASE("UTF-8 is checked to the letter") {
  REQUIRE(IsValidUtf8("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"));
  REQUIRE_FALSE(IsValidUtf8("\xc0\x80"));          // overlong
  REQUIRE_FALSE(IsValidUtf8("\xed\xa0\x80"));      // surrogate
  REQUIRE_FALSE(IsValidUtf8("\xf4\x90\x80\x80"));  // beyond the last code point
  REQUIRE_FALSE(IsValidUtf8("\xe2\x82"));          // cut short
}

TEST_CASE("quoting escapes what does not show") {
  CHECK(Quote("a \"b\"\n") == "\"a \\\"b\\\"\\n\"");
  CHECK(Quote("\xc2\xa0") == "\"\\u00a0\"");              // no-break space
  CHECK(Quote("\xe2\x80\x8b") == "\"\\u200b\"");          // zero-width space
  CHECK(Quote("\xf3\xa0\x80\xa0") == "\"\\U000e0020\"");  // a tag
  CHECK(Quote("\xf0\x9f\x98\x80\xc3\xa9") == "\"\xf0\x9f\x98\x80\xc3\xa9\"");
  CHECK(Quote("\xff\x01") == "\"\\xff\\x01\"");
}

}  // namespace
}  // namespace silverback

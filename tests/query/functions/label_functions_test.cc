#include "query/functions/label_functions.h"

#include <catch2/catch.hpp>

namespace silverback {
namespace {

std::string Replace(const LabelSet& labels, std::string_view destination,
                    std::string_view replacement, std::string_view source, std::string_view regex) {
  auto replacer = LabelReplacer::Create(destination, replacement, source, regex);
  REQUIRE(replacer.ok());
  return replacer->Apply(labels).ToString();
}

TEST_CASE("label_replace sets the destination where the whole source matches") {
  const LabelSet up = {{"__name__", "up"}, {"instance", "host-1:9090"}, {"job", "node"}};
  CHECK(Replace(up, "host", "$1", "instance", "(.*):.*") ==
        R"(up{host="host-1", instance="host-1:9090", job="node"})");
  CHECK(Replace(up, "host", "${h}-$p$$", "instance", "(?P<h>.*):(?P<p>.*)") ==
        R"(up{host="host-1-9090$", instance="host-1:9090", job="node"})");
  CHECK(Replace(up, "host", "$1", "instance", "host") == up.ToString());
  CHECK(Replace(up, "job", "$2", "instance", "(.*):.*") ==
        R"(up{instance="host-1:9090"})");  // no such group: empty, so the label goes
  CHECK(Replace(up, "x", "a$-${b", "instance", ".*") ==
        R"(up{instance="host-1:9090", job="node", x="a$-${b"})");
  CHECK(Replace(up, "x", "$1y|${1}y", "instance", "(host).*") ==
        R"(up{instance="host-1:9090", job="node", x="|hosty"})");
  CHECK(Replace(up, "new", "value", "missing", "") ==
        R"(up{instance="host-1:9090", job="node", new="value"})");
  CHECK(Replace(LabelSet{{"a", "1\n2"}}, "b", "$1", "a", "1(.)2") == R"({a="1\n2", b="\n"})");
}

TEST_CASE("label_replace refuses what upstream refuses") {
  CHECK(MessageOf(LabelReplacer::Create("a", "", "b", "(").status()) ==
        "invalid regular expression in label_replace(): (");
  CHECK(MessageOf(LabelReplacer::Create("", "", "b", "").status()) ==
        "invalid destination label name in label_replace(): ");
  CHECK(LabelReplacer::Create("ä-1", "", "b", "").ok());
}

TEST_CASE("label_join joins values, absent ones as empty") {
  const LabelSet labels = {{"a", "1"}, {"c", "3"}};
  auto joiner = LabelJoiner::Create("d", "-", {"a", "b", "c"});
  REQUIRE(joiner.ok());
  CHECK(joiner->Apply(labels).ToString() == R"({a="1", c="3", d="1--3"})");
  auto none = LabelJoiner::Create("a", ",", {});
  REQUIRE(none.ok());
  CHECK(none->Apply(labels).ToString() == R"({c="3"})");
  CHECK(MessageOf(LabelJoiner::Create("d", "", {""}).status()) ==
        "invalid source label name in label_join(): ");
}

TEST_CASE("absent() has the labels that its matchers fix to one value") {
  const Matcher matchers[] = {Matcher::Equal("__name__", "x"),
                              Matcher::Equal("job", "a"),
                              Matcher::Equal("foo", "1"),
                              Matcher::Equal("foo", "2"),
                              *Matcher::Create(MatchType::kNotEqual, "zone", "z"),
                              *Matcher::Create(MatchType::kRegex, "job2", "a|b")};
  CHECK(AbsentLabels(matchers).ToString() == R"({job="a"})");
}

TEST_CASE("Functions drop name, type and unit") {
  const LabelSet labels = {
      {"__name__", "x"}, {"__type__", "counter"}, {"__unit__", "s"}, {"a", "1"}};
  CHECK(DropMetricLabels(labels).ToString() == R"({a="1"})");
}

}  // namespace
}  // namespace silverback

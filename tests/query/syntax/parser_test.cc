#include "query/syntax/parser.h"

#include <catch2/catch.hpp>

#include "query/syntax/printer.h"

namespace silverback::syntax {
namespace {

std::string Repeat(std::string_view text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

std::string ErrorOf(std::string_view query, const ParserOptions& options = {}) {
  const StatusOr<ExprPtr> parsed = ParseExpr(query, options);
  return parsed.ok() ? "" : std::string(MessageOf(parsed.status()));
}

TEST_CASE("a query longer than the limit is refused before it is read") {
  ParserOptions options;
  options.max_query_bytes = 10;
  CHECK(ErrorOf("0123456789", options).empty());
  CHECK(ErrorOf("01234567890", options) == "query of 11 bytes is longer than the limit of 10");
}

TEST_CASE("nesting is bounded, whatever it is made of") {
  const int many = 100'000;
  const std::string too_deep = "expression is nested deeper than the limit of 1000";
  const std::string queries[] = {
      Repeat("(", many) + "1" + Repeat(")", many),
      Repeat("-", many) + "x",
      Repeat("abs(", many) + "x" + Repeat(")", many),
      Repeat("sum(", many) + "x" + Repeat(")", many),
      "1" + Repeat(" + 1", many),
      "1" + Repeat(" ^ 1", many),
      "x" + Repeat("[1h:1m]", many),
      "x[" + Repeat("(", many) + "1" + Repeat(")", many) + "]",
      "x[" + Repeat("-", many) + "1]",
      "x[1" + Repeat(" + 1", many) + "]",
      "x[1" + Repeat(" ^ 1", many) + "]",
      "x offset " + Repeat("-", many) + "1",
      "x offset " + Repeat("(", many) + "1" + Repeat(")", many),
  };
  for (const std::string& query : queries) {
    INFO(query.substr(0, 20));
    CHECK_THAT(ErrorOf(query), Catch::EndsWith(too_deep));
  }
}

TEST_CASE("nesting up to the limit is accepted") {
  CHECK(ErrorOf(Repeat("(", 990) + "1" + Repeat(")", 990)).empty());
  CHECK(ErrorOf("1" + Repeat(" + 1", 990)).empty());
  const StatusOr<ExprPtr> parsed = ParseExpr("1" + Repeat(" + 1", 990));
  CHECK((*parsed)->depth == 991);
  CHECK(ToString(*Clone(**parsed)) == ToString(**parsed));
}

TEST_CASE("input of any bytes gives a tree or an error") {
  for (int c = 0; c < 256; ++c) {
    const char byte = static_cast<char>(c);
    for (const std::string_view before : {"", "x", "x{", "x[", "x[5m", "\"", "'", "`", "x offset ",
                                          "\"\\", "\"\\x", "#", "1", "0x", "x{a="}) {
      ErrorOf(std::string(before) + byte);
      ErrorOf(std::string(before) + byte + "1");
    }
  }
}

TEST_CASE("features that are off are refused by name") {
  CHECK(ErrorOf("mad_over_time(x[5m])") ==
        "1:1: parse error: function \"mad_over_time\" is not enabled");
  CHECK(ErrorOf("limitk(1, x)") ==
        "1:1: parse error: limitk() is experimental and must be enabled with "
        "--enable-feature=promql-experimental-functions");
  CHECK(ErrorOf("rate(x[5m] anchored)") ==
        "1:6: parse error: anchored modifier is experimental and not enabled");
  CHECK(ErrorOf("x + fill(0) y") ==
        "1:1: parse error: binop fill modifiers are experimental and not enabled");
  CHECK(ErrorOf("x[5m * 2]").empty());
  ParserOptions options;
  options.duration_expressions = false;
  CHECK(ErrorOf("x[5m * 2]", options) ==
        "1:3: parse error: experimental duration expression is not enabled");
}

TEST_CASE("a metric selector is parsed into its matchers") {
  const StatusOr<std::vector<Matcher>> matchers =
      ParseMetricSelector(R"(up{job=~"a.*", host!="x"})");
  REQUIRE(matchers.ok());
  REQUIRE(matchers->size() == 3);
  CHECK((*matchers)[0].ToString() == R"(job=~"a.*")");
  CHECK((*matchers)[1].ToString() == R"(host!="x")");
  CHECK((*matchers)[2].ToString() == R"(__name__="up")");
  CHECK(ParseMetricSelector("sum{a=\"b\"}").ok());
  CHECK(MessageOf(ParseMetricSelector("up offset 5m").status()) ==
        "1:4: parse error: unexpected <offset>");
  CHECK(MessageOf(ParseMetricSelector("").status()) ==
        "unknown position: parse error: unexpected end of input");
  CHECK(MessageOf(ParseMetricSelector("1").status()) ==
        "1:1: parse error: unexpected number \"1\"");
}

TEST_CASE("a metric is parsed into a label set") {
  CHECK(*ParseMetric("up") == LabelSet{{"__name__", "up"}});
  CHECK(*ParseMetric("") == LabelSet{});
  CHECK(*ParseMetric("{}") == LabelSet{});
  CHECK(*ParseMetric(R"(up{job="a", "x y"='b',})") ==
        LabelSet{{"__name__", "up"}, {"job", "a"}, {"x y", "b"}});
  CHECK(*ParseMetric(R"({"my metric", a="1"})") == LabelSet{{"__name__", "my metric"}, {"a", "1"}});
  CHECK(MessageOf(ParseMetric("up{a}").status()) ==
        "1:5: parse error: unexpected \"}\" in label set, expected \"=\"");
  CHECK(MessageOf(ParseMetric("up{a=1}").status()) ==
        "1:6: parse error: unexpected character inside braces: '1'");
  CHECK(MessageOf(ParseMetric("up{a=b}").status()) ==
        "1:6: parse error: unexpected identifier \"b\" in label set, expected string");
  CHECK(MessageOf(ParseMetric("up{a=\"b\" c=\"d\"}").status()) ==
        "1:10: parse error: unexpected identifier \"c\" in label set, expected \",\" or \"}\"");
  CHECK_FALSE(ParseMetric("up 1").ok());
}

TEST_CASE("durations are read from the largest unit to the smallest") {
  CHECK(*ParseDurationMs("0") == 0);
  CHECK(*ParseDurationMs("5ms") == 5);
  CHECK(*ParseDurationMs("1y2w3d4h5m6s7ms") == 33'019'506'007);
  CHECK(MessageOf(ParseDurationMs("").status()) == "empty duration string");
  CHECK(MessageOf(ParseDurationMs("1").status()) == "not a valid duration string: \"1\"");
  CHECK(MessageOf(ParseDurationMs("1m1h").status()) == "not a valid duration string: \"1m1h\"");
  CHECK(MessageOf(ParseDurationMs("1q").status()) == "unknown unit \"q\" in duration \"1q\"");
  CHECK(MessageOf(ParseDurationMs("300y").status()) == "duration out of range");
}

TEST_CASE("walking visits a node before what is below it") {
  const StatusOr<ExprPtr> parsed = ParseExpr("topk(3, rate(x[5m])) + (-y)[1h:1m]", {});
  REQUIRE_FALSE(parsed.ok());  // a range vector is no operand
  const StatusOr<ExprPtr> valid = ParseExpr("topk(3, rate(x[5m])) + max_over_time((-y)[1h:1m])");
  REQUIRE(valid.ok());
  std::string order;
  Walk(**valid,
       [&](const Expr& expr) { order += std::to_string(static_cast<int>(expr.kind())) + " "; });
  CHECK(order == "6 7 8 3 2 0 8 4 9 5 2 ");
}

TEST_CASE("parentheses are stripped") {
  const StatusOr<ExprPtr> parsed = ParseExpr("((x))");
  CHECK(StripParens(**parsed).kind() == NodeKind::kVectorSelector);
}

}  // namespace
}  // namespace silverback::syntax

#include "query/syntax/printer.h"

#include <random>

#include <catch2/catch.hpp>

#include "tree_text.h"

#include "query/syntax/parser.h"
#include "tests/support/promql_grammar/grammar.h"

namespace silverback::syntax {
namespace {

std::string RandomQuery(std::mt19937_64* random) {
  const std::string choices = testing::RandomChoices(random);
  return testing::PromqlGrammar(choices, {.obscure = true}).Expression();
}

TEST_CASE("what is printed parses into the same tree") {
  const uint64_t seed = 20260101;
  std::mt19937_64 random(seed);
  INFO("seed " << seed);
  for (int i = 0; i < 20'000; ++i) {
    const std::string query = RandomQuery(&random);
    INFO(query);
    const StatusOr<ExprPtr> parsed = ParseExpr(query, AllFeatures());
    REQUIRE(parsed.status() == absl::OkStatus());
    const std::string tree = TreeText(**parsed, /*positions=*/false);
    for (const std::string& printed : {ToString(**parsed), Prettify(**parsed)}) {
      INFO(printed);
      const StatusOr<ExprPtr> again = ParseExpr(printed, AllFeatures());
      REQUIRE(again.status() == absl::OkStatus());
      REQUIRE(ToString(**again) == ToString(**parsed));
      REQUIRE(TreeText(**again, /*positions=*/false) == tree);
    }
    REQUIRE(TreeText(*Clone(**parsed)) == TreeText(**parsed));
  }
}

TEST_CASE("damaged queries give an error or a tree, never a crash") {
  const uint64_t seed = 7;
  std::mt19937_64 random(seed);
  INFO("seed " << seed);
  for (int i = 0; i < 20'000; ++i) {
    std::string query = RandomQuery(&random);
    const size_t at = random() % query.size();
    switch (random() % 3) {
      case 0:
        query.erase(at, 1 + random() % 3);
        break;
      case 1:
        query.insert(at, 1, "()[]{},:@\"'`#+-$"[random() % 16]);
        break;
      default:
        query[at] = static_cast<char>(random());
    }
    INFO(query);
    const StatusOr<ExprPtr> parsed = ParseExpr(query, AllFeatures());
    if (!parsed.ok())
      CHECK_THAT(std::string(MessageOf(parsed.status())), Catch::Contains("parse error: "));
  }
}

TEST_CASE("durations are printed with the largest units that fit") {
  CHECK(FormatDurationMs(0) == "0s");
  CHECK(FormatDurationMs(1) == "1ms");
  CHECK(FormatDurationMs(-90'000) == "-1m30s");
  CHECK(FormatDurationMs(7LL * 86'400'000) == "1w");
  CHECK(FormatDurationMs(8LL * 86'400'000) == "8d");
  CHECK(FormatDurationMs(365LL * 86'400'000) == "1y");
  CHECK(FormatDurationMs(366LL * 86'400'000) == "366d");
  CHECK(FormatDurationMs(std::numeric_limits<int64_t>::min()).starts_with("-"));
}

TEST_CASE("numbers are printed with the fewest digits that identify them") {
  CHECK(FormatNumber(0.1) == "0.1");
  CHECK(FormatNumber(-0.0) == "-0");
  CHECK(FormatNumber(1e23) == "100000000000000000000000");
  CHECK(FormatNumber(1.5e-7) == "0.00000015");
  CHECK(FormatNumber(123456.789) == "123456.789");
  CHECK(FormatNumber(std::numeric_limits<double>::infinity()) == "+Inf");
  CHECK(FormatNumber(std::numeric_limits<double>::quiet_NaN()) == "NaN");
  CHECK(FormatNumberShort(1e20) == "100000000000000000000");
  CHECK(FormatNumberShort(1e21) == "1e+21");
  CHECK(FormatNumberShort(1.25e-5) == "1.25e-05");
  CHECK(FormatNumberShort(0.0001) == "0.0001");
  CHECK(FormatNumberShort(-1e100) == "-1e+100");
}

}  // namespace
}  // namespace silverback::syntax

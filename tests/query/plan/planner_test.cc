#include "query/plan/planner.h"

#include <catch2/catch.hpp>

#include "plan_text.h"

namespace silverback::plan {
namespace {

TEST_CASE("what does not change from step to step is evaluated once") {
  CHECK(PlanText("x @ 1 + x") ==
        "binary + ignoring() one-to-one\n"
        "  step invariant\n"
        "    selector {__name__=\"x\"} @ 1000\n"
        "  selector {__name__=\"x\"}\n");
  CHECK(PlanText("sum(rate(x[5m] @ end()))") ==
        "step invariant\n"
        "  aggregate sum\n"
        "    call rate\n"
        "      matrix {__name__=\"x\"}[5m] @ 600000\n");
  CHECK(PlanText("predict_linear(x[5m] @ 1, 60)") ==
        "call predict_linear\n"
        "  matrix {__name__=\"x\"}[5m] @ 1000\n"
        "  number 60\n");
}

TEST_CASE("timestamp() of a selector fixed in time is fixed, of anything else it is not") {
  CHECK(PlanText("timestamp(x @ 1)") ==
        "step invariant\n"
        "  call timestamp\n"
        "    selector {__name__=\"x\"} @ 1000\n");
  CHECK(PlanText("timestamp(abs(x @ 1))") ==
        "call timestamp\n"
        "  step invariant\n"
        "    call abs\n"
        "      selector {__name__=\"x\"} @ 1000\n");
}

TEST_CASE("parentheses, unary plus and the query's own times are gone from the plan") {
  CHECK(PlanText("+((x))") == "selector {__name__=\"x\"}\n");
  CHECK(PlanText("x + start()") ==
        "binary +\n"
        "  selector {__name__=\"x\"}\n"
        "  number 0\n");
  CHECK(PlanText("x + step()") ==
        "binary +\n"
        "  selector {__name__=\"x\"}\n"
        "  number 60\n");
}

TEST_CASE("a subquery without a step has the default one") {
  CHECK(PlanText("max_over_time(x[10m:])") ==
        "call max_over_time\n"
        "  subquery [10m:1m]\n"
        "    selector {__name__=\"x\"}\n");
}

TEST_CASE("a duration that cannot be computed is an error") {
  const std::string text = PlanText("x[1m / (step() - 60)]");
  CHECK(text.starts_with("error: "));
  CHECK(text.ends_with("division by zero"));
}

}  // namespace
}  // namespace silverback::plan

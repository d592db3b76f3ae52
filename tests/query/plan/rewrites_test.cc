#include "query/plan/rewrites.h"

#include <catch2/catch.hpp>

#include "plan_text.h"

namespace silverback::plan {
namespace {

TEST_CASE("operations on numbers become numbers") {
  CHECK(PlanText("x > 2 * 3 + 1", FoldConstants) ==
        "binary >\n"
        "  selector {__name__=\"x\"}\n"
        "  number 7\n");
  CHECK(PlanText("-(1 <= bool 2)", FoldConstants) == "number -1\n");
}

TEST_CASE("matchers reach the other side where no error can be hidden by it") {
  CHECK(PlanText("a{job=\"x\"} / b", PropagateMatchers) ==
        "binary / ignoring() one-to-one\n"
        "  selector {job=\"x\", __name__=\"a\"}\n"
        "  selector {__name__=\"b\", job=\"x\"}\n");
  CHECK(PlanText("sum by (job) (rate(a_total{job=~\"x.*\"}[5m])) / sum by (job) (b)",
                 PropagateMatchers) ==
        "binary / ignoring() one-to-one\n"
        "  aggregate sum by(job)\n"
        "    call rate\n"
        "      matrix {job=~\"x.*\", __name__=\"a_total\"}[5m]\n"
        "  aggregate sum by(job)\n"
        "    selector {__name__=\"b\", job=~\"x.*\"}\n");
}

TEST_CASE("matchers stay where leaving series out could change the answer") {
  const auto unchanged = [](std::string_view query) {
    CHECK(PlanText(query, PropagateMatchers) == PlanText(query));
  };
  unchanged("a{job=\"x\"} / on(instance) b");   // duplicates of b are an error
  unchanged("a{job=\"x\"} / ignoring(job) b");  // job is not compared
  unchanged("{job=\"x\"} / b");                 // names may differ
  unchanged("a{job=\"x\"} or b");
  unchanged("a{job=\"x\"} / fill(0) b");
  unchanged("sum(a{job=\"x\"}) / sum(b)");  // job is gone
  unchanged("topk(1, a) / b{job=\"x\"}");   // another series would be on top
  unchanged("a{job=\"x\"} / rate(b[5m])");  // b would be missed in the annotations
  unchanged("label_replace(a{job=\"x\"}, \"job\", \"y\", \"\", \"\") / b");
}

TEST_CASE("sorts are dropped where nobody sees the order") {
  CHECK(PlanText("count(sort_by_label(x, \"a\"))", DropSorts) ==
        "aggregate count\n"
        "  selector {__name__=\"x\"}\n");
  CHECK(PlanText("sum(sort_by_label(x, \"a\"))", DropSorts) ==
        PlanText("sum(sort_by_label(x, \"a\"))"));
}

TEST_CASE(
    "selectors of which only the presence matters are marked, unless others look at their values") {
  const auto both = [](PlanPtr* plan) {
    ShareSelects(plan);
    MarkPresence(plan);
  };
  const std::string selector = "  selector {__name__=\"x\"}";
  CHECK(PlanText("count by (a) (x)", both) == "aggregate count by(a)\n" + selector + " presence\n");
  CHECK(PlanText("group(x)", both) == "aggregate group\n" + selector + " presence\n");
  CHECK(PlanText("absent(x)", both) == "call absent\n" + selector + " presence\n");
  for (const std::string query : {"sum(x)", "count(x > 0)", "count(x smoothed)", "count(abs(x))",
                                  "count(x) / sum(x)", "absent_over_time(x[5m])", "topk(1, x)"}) {
    CAPTURE(query);
    CHECK(PlanText(query, both).find("presence") == std::string::npos);
  }
}

TEST_CASE("leaves that read the same are marked, others are not") {
  CHECK(PlanText("x / (x + y)", ShareSelects) ==
        "binary / ignoring() one-to-one\n"
        "  selector {__name__=\"x\"} shared#1\n"
        "  binary + ignoring() one-to-one\n"
        "    selector {__name__=\"x\"} shared#1\n"
        "    selector {__name__=\"y\"}\n");
  CHECK(PlanText("rate(x[5m]) > 0 and rate(x[5m]) < 9", ShareSelects) ==
        "binary and ignoring() many-to-many\n"
        "  binary >\n"
        "    call rate shared#1\n"
        "      matrix {__name__=\"x\"}[5m]\n"
        "    number 0\n"
        "  binary <\n"
        "    call rate shared#1\n"
        "      matrix {__name__=\"x\"}[5m]\n"
        "    number 9\n");
  for (const std::string_view query : {"x + x offset 1m", "x + max_over_time(x[5m:1m])",
                                       "rate(x[5m]) + rate(x[6m])", "x + timestamp(x)"}) {
    CHECK(PlanText(query, ShareSelects) == PlanText(query));
  }
}

}  // namespace
}  // namespace silverback::plan

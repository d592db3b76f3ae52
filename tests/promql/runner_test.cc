// The runner itself: it must read scripts rightly, and see what is wrong.
#include "runner.h"

#include <map>

#include <catch2/catch.hpp>

#include "at_variants.h"
#include "histogram_notation.h"
#include "result_check.h"

#include "engine/base/value.h"

namespace silverback::promqltest {
namespace {

std::string ValuesText(const std::string& line) {
  const StatusOr<SeriesLine> series = ParseSeriesLine(line);
  if (!series.ok()) return "error";
  std::string out = series->labels.ToString() + ":";
  for (const SequenceValue& value : series->values) {
    out += value.omitted          ? " _"
           : value.histogram      ? " H"
           : IsStale(value.value) ? " stale"
                                  : fmt::format(" {}", value.value);
  }
  return out;
}

TEST_CASE("series lines expand") {
  CHECK(ValuesText("x 1 2.5 -3 1e3") == "x: 1 2.5 -3 1000");
  CHECK(ValuesText("x{a=\"b c\"} _ _x2 stale") == "x{a=\"b c\"}: _ _ _ stale");
  CHECK(ValuesText("x 1x2") == "x: 1 1 1");
  CHECK(ValuesText("x 1+2x3") == "x: 1 3 5 7");
  CHECK(ValuesText("x -1-0.5x2 7") == "x: -1 -1.5 -2 7");
  CHECK(ValuesText("{} Inf -Inf +Inf NaN") == "{}: inf -inf inf nan");
  CHECK(ValuesText("x{a=\"}\"}\t1") == "x{a=\"}\"}: 1");
  CHECK(ValuesText("x {{schema:1 sum:3}} {{}}x1 {{count:1}}+{{count:2}}x2") == "x: H H H H H H");
  CHECK(ValuesText("x") == "x:");
  for (const char* bad : {"x a", "x 1y", "x 1x", "x 1+x3", "x {{", "x{a=\"b\" 1", "x 1+2"}) {
    INFO(bad);
    CHECK(ValuesText(bad) == "error");
  }
}

TEST_CASE("scripts are read command by command") {
  const StatusOr<std::vector<Command>> commands = ParseScript(R"(
# a comment
load 5m
  x{a="1"} 0+10x2
  y@st _ -1m
  y 1 2

eval instant at 10m sum(x)
  expect warn msg: PromQL warning: no
  expect no_info
  {} 20

clear
load_with_nhcb 30s
  h_bucket{le="1"} 1

eval range from 0 to 1m step 30s x
  expect fail regex: a.*

delete from 10s to 1m {a="1"}

eval instant at 1m x[1m]
  expect range vector from 10s to 1m step 10s
  x 1 2

eval instant at 0 "s"
  expect string "s"

eval_ordered instant at 0 -1
  -1
eval instant at 0 2
  2
)");
  REQUIRE(commands.status() == absl::OkStatus());
  REQUIRE(commands->size() == 10);
  const auto& load = std::get<LoadCommand>((*commands)[0]);
  CHECK(load.interval_ms == 300'000);
  CHECK(load.series.size() == 2);
  CHECK(load.series[0].starts.empty());
  CHECK(load.series[1].starts == std::vector<std::optional<int64_t>>{std::nullopt, -60'000});
  const auto& sum = std::get<EvalCommand>((*commands)[1]);
  CHECK(sum.line == 8);
  CHECK(sum.query == "sum(x)");
  CHECK(sum.instant);
  CHECK(sum.grid.start_ms == 600'000);
  REQUIRE(sum.warn.size() == 1);
  CHECK(sum.warn[0].text == "PromQL warning: no");
  CHECK(sum.expect_no_info);
  CHECK(sum.expected.size() == 1);
  CHECK(std::get<LoadCommand>((*commands)[3]).with_native);
  const auto& range = std::get<EvalCommand>((*commands)[4]);
  CHECK(range.grid.steps() == 3);
  CHECK(range.expect_fail);
  CHECK(range.fail.at(0).Matches("xabc"));
  const auto& deletion = std::get<DeleteCommand>((*commands)[5]);
  CHECK(deletion.range.min_ms == 10'000);
  CHECK(deletion.range.max_ms == 60'000);
  REQUIRE(deletion.matchers.size() == 1);
  CHECK(deletion.matchers[0].name() == "a");
  CHECK(std::get<EvalCommand>((*commands)[6]).range_grid.start_ms == 10'000);
  CHECK(std::get<EvalCommand>((*commands)[7]).expected_string == "s");
  CHECK(std::get<EvalCommand>((*commands)[8]).expected_scalar == -1);
  CHECK_FALSE(ParseScript("nonsense").ok());
  CHECK_FALSE(ParseScript("load x\n a 1").ok());
  CHECK_FALSE(ParseScript("delete from 0 to x a").ok());
  CHECK_FALSE(ParseScript("delete from 0 to 1m").ok());
  CHECK_FALSE(ParseScript("eval instant x").ok());
  CHECK_FALSE(ParseScript("eval instant at 0 x\n expect nothing").ok());
}

TEST_CASE("floats are compared as upstream compares them") {
  CHECK(AlmostEqual(1, 1 + 1e-7));
  CHECK_FALSE(AlmostEqual(1, 1 + 1e-5));
  CHECK(AlmostEqual(NAN, NAN));
  CHECK_FALSE(AlmostEqual(NAN, ValueOf(kStaleNanBits)));
  CHECK(AlmostEqual(ValueOf(kStaleNanBits), ValueOf(kStaleNanBits)));
  CHECK_FALSE(AlmostEqual(0, 1e-300));
  CHECK(AlmostEqual(0, -0.0));
}

TEST_CASE("a fixed time is written on selectors and subqueries that have none") {
  const StatusOr<std::vector<InstantQuery>> variants =
      AtVariants("x + rate(y[5m] @ 7) + max_over_time(z[1h:1m])", 60'000);
  REQUIRE(variants.ok());
  REQUIRE(variants->size() == 5);
  CHECK(variants->front().query ==
        "x @ 60.000 + rate(y[5m] @ 7.000) + max_over_time(z[1h:1m] @ 60.000)");
  CHECK(variants->front().time_ms == -600'000);
  CHECK(AtVariants("x + time()", 60'000)->empty());
  CHECK(DependsOnQueryRange("x[step()]"));
}

/// Answers every query with a vector of one series.
class CannedStorage : public TestStorage {
 public:
  explicit CannedStorage(double value) : value_(value) {}
  Status Load(std::span<const LoadedSeries>) override { return absl::OkStatus(); }
  Status Delete(const std::vector<Matcher>&, TimeRange) override { return absl::OkStatus(); }
  Status GetReady() override { return absl::OkStatus(); }
  StatusOr<QueryResult> Run(const QueryRequest& request) override {
    QueryResult result;
    if (request.query.starts_with("broken")) return absl::FailedPreconditionError("it is broken");
    if (request.instant) {
      result.value = VectorResult{{{LabelSet{{"a", "b"}}, request.grid.start_ms, value_, nullptr}}};
      return result;
    }
    MatrixSeries series{LabelSet{{"a", "b"}}, {}};
    series.column.Reset(request.grid.steps());
    for (size_t i = 0; i < request.grid.steps(); ++i) series.column.Set(i, value_);
    result.value = MatrixResult{request.grid, {series}};
    return result;
  }

 private:
  double value_;
};

std::string OutcomesOf(const std::string& script, double value) {
  const StorageState state{"canned", [value]() -> StatusOr<std::unique_ptr<TestStorage>> {
                             return std::make_unique<CannedStorage>(value);
                           }};
  const StatusOr<std::vector<Command>> commands = ParseScript(script);
  REQUIRE(commands.status() == absl::OkStatus());
  std::string out;
  for (const EvalOutcome& outcome : RunScript(*commands, state)) {
    out += outcome.passed ? 'p' : 'f';
  }
  return out;
}

TEST_CASE("the runner tells right answers from wrong ones") {
  CHECK(OutcomesOf("eval instant at 0 x\n {a=\"b\"} 1", 1) == "p");
  CHECK(OutcomesOf("eval instant at 0 x\n {a=\"b\"} 1", 2) == "f");
  CHECK(OutcomesOf("eval instant at 0 x\n {a=\"c\"} 1", 1) == "f");
  CHECK(OutcomesOf("eval instant at 0 x", 1) == "f");
  CHECK(OutcomesOf("eval instant at 0 x\n {a=\"b\"} 1\n {a=\"c\"} 1", 1) == "f");
  CHECK(OutcomesOf("eval instant at 0 x\n expect fail", 1) == "f");
  CHECK(OutcomesOf("eval instant at 0 broken\n expect fail", 1) == "p");
  CHECK(OutcomesOf("eval instant at 0 broken\n expect fail msg: it is broken", 1) == "p");
  CHECK(OutcomesOf("eval instant at 0 broken\n expect fail msg: it works", 1) == "f");
  CHECK(OutcomesOf("eval instant at 0 x\n expect warn\n {a=\"b\"} 1", 1) == "f");
  CHECK(OutcomesOf("eval range from 0 to 2m step 1m x\n {a=\"b\"} 1 1 1", 1) == "p");
  CHECK(OutcomesOf("eval range from 0 to 2m step 1m x\n {a=\"b\"} 1 1", 1) == "f");
  CHECK(OutcomesOf("eval range from 0 to 2m step 1m x\n {a=\"b\"} 1 _ 1", 1) == "f");
}

TEST_CASE("native histograms are loaded, compared, and made of classic ones") {
  const StatusOr<NotedHistogram> noted = ParseHistogram(
      "schema:1 count:-2 sum:Inf buckets:[1 0 -2.5] offset:-3 counter_reset_hint:gauge");
  REQUIRE(noted.status() == absl::OkStatus());
  CHECK(noted->hint_given);
  CHECK(noted->histogram.ToTestNotation() ==
        "{{schema:1 count:-2 sum:+Inf counter_reset_hint:gauge offset:-3 buckets:[1 0 -2.5]}}");
  for (const char* bad : {"schema", "schema:x", "buckets:1", "what:1", "counter_reset_hint:no"}) {
    INFO(bad);
    CHECK_FALSE(ParseHistogram(bad).ok());
  }
  const StatusOr<std::vector<Command>> commands = ParseScript(R"(
load 1m
  n {{schema:0 count:3 sum:5 buckets:[1 2]}}+{{count:1 buckets:[1]}}x2

load_with_nhcb 1m
  h_bucket{le="1"} 1 2 3
  h_bucket{le="+Inf"} 2 3 4
  h_sum 5 6 7

eval instant at 1m n
  n {{schema:0 count:4 sum:5 buckets:[2 2]}}

eval instant at 1m h
  h {{schema:-53 count:3 sum:6 custom_values:[1] buckets:[2 1]}}

eval instant at 1m n
  n {{schema:0 count:4 sum:5 buckets:[2 3]}}
)");
  REQUIRE(commands.status() == absl::OkStatus());
  std::string kinds;
  for (const EvalOutcome& outcome : RunScript(*commands, AllStates().front())) {
    kinds += outcome.passed ? 'p' : 'f';
  }
  CHECK(kinds == "ppf");
}

TEST_CASE("start timestamps are read as upstream reads them") {
  using Starts = std::vector<std::optional<int64_t>>;
  const auto none = std::nullopt;
  CHECK(*ParseStarts("_ 0 1ms -1m +2s") == Starts{none, 0, 1, -60'000, 2'000});
  CHECK(*ParseStarts("_x2 -1sx1") == Starts{none, none, -1'000, -1'000});
  CHECK(*ParseStarts("-30s-1mx2 1ms+1msx1") == Starts{-30'000, -90'000, -150'000, 1, 2});
  for (const char* bad : {"_x0", "1q", "1mx", "1m+x2", "1m+1m", "1m*2", "-"}) {
    INFO(bad);
    CHECK_FALSE(ParseStarts(bad).ok());
  }
  CHECK_FALSE(ParseScript("load 1m\n c@st _ _\n c 1").ok());
  CHECK_FALSE(ParseScript("load 1m\n c@st _\n d 1").ok());
  CHECK_FALSE(ParseScript("load 1m\n c@st _").ok());
}

}  // namespace
}  // namespace silverback::promqltest

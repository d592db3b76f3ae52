#include "query/windows/range_evaluator.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "random_series.h"

namespace silverback {
namespace {

bool SameWithinRounding(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (a == b) return true;
  return std::abs(a - b) <= 1e-11 * std::max(std::abs(a), std::abs(b)) + 1e-10;
}

std::vector<ScalarArgument> ArgumentsOf(const FunctionInfo& function,
                                        std::span<const double> values) {
  switch (function.range_function) {
    case RangeFunction::kPredictLinear:
    case RangeFunction::kQuantileOverTime:
      return {{values.subspan(0, 1)}};
    case RangeFunction::kDoubleExponentialSmoothing:
      return {{values.subspan(0, 1)}, {values.subspan(1, 1)}};
    default:
      return {};
  }
}

std::vector<std::string> SaidOf(const RangeEvaluator& evaluator) {
  Annotations annotations;
  evaluator.Annotate("x_total", {}, &annotations);
  return annotations.AsStrings("x").warnings;
}

/// Evaluates by fast paths and naively; the columns must agree step by step, and so must the samples counted and the
/// warnings.
void CompareWithDefinition(RangeSpec spec, const std::vector<RandomSeries>& all) {
  const double arg_values[] = {0.35, 0.6};
  const auto args = ArgumentsOf(*spec.function, arg_values);
  spec.per_step_samples = true;
  spec.fast_paths = true;
  RangeEvaluator fast(spec);
  spec.fast_paths = false;
  RangeEvaluator naive(spec);
  Column got;
  Column want;
  for (const RandomSeries& series : all) {
    REQUIRE(fast.Evaluate(series.series(), args, &got).ok());
    REQUIRE(naive.Evaluate(series.series(), args, &want).ok());
    REQUIRE(got.steps() == want.steps());
    for (size_t step = 0; step < want.steps(); ++step) {
      const bool same =
          got.present.Test(step) == want.present.Test(step) &&
          (!want.present.Test(step) || SameWithinRounding(got.floats[step], want.floats[step]));
      if (same) continue;
      FAIL(spec.function->name << " range " << spec.range_ms << " step " << spec.grid.step_ms
                               << " offset " << spec.offset_ms << " at step " << step << ": got "
                               << (got.present.Test(step) ? std::to_string(got.floats[step])
                                                          : "nothing")
                               << ", by definition "
                               << (want.present.Test(step) ? std::to_string(want.floats[step])
                                                           : "nothing"));
    }
    REQUIRE(fast.window_samples_max() == naive.window_samples_max());
    REQUIRE(SaidOf(fast) == SaidOf(naive));
  }
  REQUIRE(fast.samples().covered.total == naive.samples().covered.total);
  REQUIRE(fast.samples().read.total == naive.samples().read.total);
  for (size_t step = 0; step < spec.grid.steps(); ++step) {
    REQUIRE(fast.samples().covered.by_step[step] == naive.samples().covered.by_step[step]);
    REQUIRE(fast.samples().read.by_step[step] == naive.samples().read.by_step[step]);
  }
}

TEST_CASE("Every fast path equals the definition on random series in random pieces") {
  const uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const auto pick = [&random](auto... choices) {
    const int64_t list[] = {static_cast<int64_t>(choices)...};
    return list[random() % (sizeof list / sizeof list[0])];
  };
  for (int round = 0; round < 60; ++round) {
    SeriesOptions options;
    options.shape = static_cast<SeriesShape>(round % 4);
    options.samples = static_cast<size_t>(pick(1, 2, 60, 700, 4000));
    options.irregular = pick(0, 1) != 0;
    options.stale_chance = std::vector<double>{0, 0.02, 0.4}[random() % 3];
    options.starts = static_cast<StartShape>(random() % 4);
    std::vector<RandomSeries> all;
    for (size_t i = 0; i < 3; ++i) {
      all.emplace_back(&random, options);
      // Series of one timeline share what was worked out of it.
      if (i > 0 && pick(0, 1) != 0) all[i].times = all[i - 1].times;
      all.back().Cut(static_cast<size_t>(pick(5, 200, 3000)));
    }
    RangeSpec spec;
    const int64_t span = static_cast<int64_t>(options.samples) * options.interval_ms;
    spec.grid.step_ms = pick(15'000, 7'001, 60'000, 600'000, 5'000'000);
    spec.grid.start_ms = pick(-100'000, 0, 500'000, span / 2);
    spec.grid.end_ms = spec.grid.start_ms + std::min<int64_t>(span * 2, spec.grid.step_ms * 300);
    spec.grid.end_ms -= (spec.grid.end_ms - spec.grid.start_ms) % spec.grid.step_ms;
    spec.range_ms = pick(15'000, 1, 100'000, 720'000, 10'000'000, 40'000'000);
    spec.offset_ms = pick(0, 0, 60'000, -333'000);
    spec.lookback_ms = 300'000;
    if (pick(0, 0, 0, 1) != 0) spec.at_ms = span / 3;
    for (const FunctionInfo& function : FunctionTable()) {
      if (function.range == nullptr) continue;
      spec.function = &function;
      spec.borders = WindowBorders::kPlain;
      CompareWithDefinition(spec, all);
      if (function.anchored) {
        spec.borders = WindowBorders::kAnchored;
        CompareWithDefinition(spec, all);
      }
      if (function.smoothed) {
        spec.borders = WindowBorders::kSmoothed;
        CompareWithDefinition(spec, all);
      }
    }
  }
}

TEST_CASE("Long windows that move by little equal the definition") {
  const uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 12; ++round) {
    SeriesOptions options;
    options.shape = static_cast<SeriesShape>(round % 4);
    options.samples = 6000;
    options.irregular = random() % 2 == 0;
    std::vector<RandomSeries> all;
    for (size_t i = 0; i < 2; ++i) {
      all.emplace_back(&random, options);
      all.back().Cut(random() % 2 == 0 ? 300 : 3000);
    }
    RangeSpec spec;
    spec.grid.step_ms = random() % 2 == 0 ? 15'000 : 37'000;
    spec.grid.start_ms = 45'000'000 + static_cast<int64_t>(random() % 20'000);
    spec.grid.end_ms = spec.grid.start_ms + 199 * spec.grid.step_ms;
    spec.range_ms = random() % 2 == 0 ? 9'000'000 : 42'000'000;
    spec.lookback_ms = 300'000;
    for (const char* name : {"rate", "increase", "delta"}) {
      spec.function = FindFunctionInfo(name);
      CompareWithDefinition(spec, all);
    }
  }
}

TEST_CASE("Overlapping windows of values whose sums overflow equal the definition") {
  // A sum that has overflowed once must not spoil the windows after it, nor a mean the window itself.
  std::vector<TimestampMs> times;
  std::vector<double> values;
  for (int i = 0; i < 400; ++i) {
    times.push_back(i * 1000);
    const bool large = i > 100 && i < 250;
    values.push_back(large ? (i % 3 == 0 ? -1.5e308 : 1.6e308) : i * 0.1);
  }
  values[150] = std::numeric_limits<double>::infinity();
  RangeSpec spec;
  spec.grid = {0, 500'000, 1000};
  spec.range_ms = 30'000;
  for (const char* function :
       {"sum_over_time", "avg_over_time", "min_over_time", "max_over_time"}) {
    CAPTURE(function);
    spec.function = FindFunctionInfo(function);
    Column got;
    Column want;
    REQUIRE(RangeEvaluator(spec).Evaluate(times, values, {}, &got).ok());
    spec.fast_paths = false;
    REQUIRE(RangeEvaluator(spec).Evaluate(times, values, {}, &want).ok());
    spec.fast_paths = true;
    for (size_t step = 0; step < want.steps(); ++step) {
      CAPTURE(step, got.floats[step], want.floats[step]);
      REQUIRE(got.present.Test(step) == want.present.Test(step));
      if (!want.present.Test(step)) continue;
      CHECK(SameWithinRounding(got.floats[step], want.floats[step]));
    }
  }
}

TEST_CASE("Boundaries kept from one series are not taken for another's with the same arrays") {
  RangeSpec spec;
  spec.function = FindFunctionInfo("count_over_time");
  spec.grid = {60'000, 600'000, 60'000};
  spec.range_ms = 60'000;
  RangeEvaluator evaluator(spec);
  std::vector<TimestampMs> times;
  std::vector<double> values(40, 1);
  for (int i = 0; i < 40; ++i) times.push_back(i * 15'000);
  Column out;
  REQUIRE(evaluator.Evaluate(times, values, {}, &out).ok());
  CHECK(out.floats[3] == 4);
  for (int i = 0; i < 40; ++i) times[static_cast<size_t>(i)] = i * 30'000;  // the same memory
  REQUIRE(evaluator.Evaluate(times, values, {}, &out).ok());
  CHECK(out.floats[3] == 2);
}

TEST_CASE("A fixed window gives every step its value, and predict_linear each step its own") {
  const std::vector<TimestampMs> times = {0, 10'000, 20'000};
  const std::vector<double> values = {0, 10, 20};
  RangeSpec spec;
  spec.grid = {100'000, 300'000, 100'000};
  spec.range_ms = 30'000;
  spec.at_ms = 20'000;
  spec.function = FindFunctionInfo("sum_over_time");
  Column out;
  REQUIRE(RangeEvaluator(spec).Evaluate(times, values, {}, &out).ok());
  CHECK(out.present.Count() == 3);
  CHECK(out.floats == std::vector<double>{30, 30, 30});

  spec.function = FindFunctionInfo("predict_linear");
  const double seconds = 0;
  const ScalarArgument arg{{&seconds, 1}};
  REQUIRE(RangeEvaluator(spec).Evaluate(times, values, {&arg, 1}, &out).ok());
  CHECK(out.floats[0] == Approx(100));
  CHECK(out.floats[2] == Approx(300));
}

TEST_CASE("A metric that is not named as a counter may be none, once it has a rate") {
  RangeSpec spec;
  spec.function = FindFunctionInfo("rate");
  spec.grid = {60'000, 60'000, 1};
  spec.range_ms = 60'000;
  RangeEvaluator evaluator(spec);
  const std::vector<TimestampMs> times = {15'000, 30'000, 45'000};
  const std::vector<double> values = {1, 2, 3};
  Column out;
  REQUIRE(evaluator.Evaluate(times, values, {}, &out).ok());
  CHECK(evaluator.MayBeNoCounter(out, "g"));
  CHECK_FALSE(evaluator.MayBeNoCounter(out, "g_total"));
  CHECK_FALSE(evaluator.MayBeNoCounter(out, ""));

  REQUIRE(evaluator.Evaluate(std::span(times).first(1), std::span(values).first(1), {}, &out).ok());
  CHECK_FALSE(evaluator.MayBeNoCounter(out, "g"));
}

TEST_CASE("Windows with overlapping start timestamps are counted, and warned of once") {
  RangeSpec spec;
  spec.function = FindFunctionInfo("rate");
  spec.grid = {60'000, 180'000, 60'000};
  spec.range_ms = 60'000;
  const std::vector<TimestampMs> times = {10'000, 70'000, 100'000, 130'000, 160'000};
  const std::vector<double> values = {1, 2, 3, 4, 5};
  StartColumn starts;
  for (const size_t row : {0, 1, 2, 3, 4}) starts.SetFrom(row, times[row] - 35'000);
  const Run run = Run::OfSamples(times, values).WithStarts(starts.view());
  for (const bool fast_paths : {true, false}) {
    spec.fast_paths = fast_paths;
    RangeEvaluator evaluator(spec);
    Column out;
    // The first window has one sample, whose count began before the window.
    REQUIRE(evaluator.Evaluate(SeriesRuns{1, {&run, 1}}, {}, &out).ok());
    CHECK(out.present.Count() == 2);
    CHECK(SaidOf(evaluator) ==
          std::vector<std::string>{
              "PromQL warning: sample has start time that overlaps with previous "
              "sample timestamp for metric \"x_total\" (2 occurrences) (1:1)"});
  }
}

TEST_CASE(
    "One long series is given up within its evaluation, on every path that gives windows to a "
    "kernel") {
  std::vector<TimestampMs> times;
  std::vector<double> values;
  for (int i = 0; i < 20'000; ++i) {
    times.push_back(i * 1000);
    values.push_back(i % 7);
  }
  RangeSpec spec;  // 1,000 windows of nearly all samples: 20 million in all
  spec.function = FindFunctionInfo("deriv");
  spec.grid = {19'000'000, 19'999'000, 1000};
  spec.range_ms = 19'000'000;
  int questions = 0;
  spec.may_go_on = [&questions] {
    return ++questions == 3 ? Error(absl::StatusCode::kCancelled, "enough") : absl::OkStatus();
  };
  const auto check = [&](auto evaluate) {
    for (const bool fast_paths : {true, false}) {
      spec.fast_paths = fast_paths;
      questions = 0;
      RangeEvaluator evaluator(spec);
      Column out;
      const Status status = evaluate(&evaluator, &out);
      CHECK(absl::IsCancelled(status));
      CHECK(questions == 3);
      CHECK(evaluate(&evaluator, &out).ok());  // nobody says no any more
      CHECK(out.present.Count() == spec.grid.steps());
    }
  };
  SECTION("sliding, and by definition") {
    check(
        [&](auto* evaluator, Column* out) { return evaluator->Evaluate(times, values, {}, out); });
  }
  SECTION("one window for all steps, which count") {
    spec.function = FindFunctionInfo("predict_linear");
    spec.at_ms = 19'999'000;
    const std::vector<double> seconds(spec.grid.steps(), 60);
    const ScalarArgument argument{seconds};
    check([&](auto* evaluator, Column* out) {
      return evaluator->Evaluate(times, values, {&argument, 1}, out);
    });
  }
  SECTION("a subquery's samples") {
    const MixedSamples samples{{times, values}, {}, {}};
    check([&](auto* evaluator, Column* out) { return evaluator->Evaluate(samples, {}, out); });
  }
}

TEST_CASE("A smoothing factor outside of (0, 1) fails the query") {
  RangeSpec spec;
  spec.function = FindFunctionInfo("double_exponential_smoothing");
  spec.grid = {60'000, 60'000, 1};
  spec.range_ms = 60'000;
  const double one = 1;
  const double half = 0.5;
  const ScalarArgument args[] = {{{&half, 1}}, {{&one, 1}}};
  Column out;
  const TimestampMs t = 30'000;
  const Status status = RangeEvaluator(spec).Evaluate({&t, 1}, {&half, 1}, args, &out);
  CHECK(MessageOf(status) == "invalid trend factor. Expected: 0 < tf < 1, got: 1.000000");
  CHECK(RangeEvaluator(spec).Evaluate({}, {}, args, &out).ok());
}

TEST_CASE("Times at the ends of the range of time do not overflow") {
  RangeSpec spec;
  spec.function = FindFunctionInfo("rate");
  spec.grid = {kMinTimestampMs, kMinTimestampMs, 1};
  spec.range_ms = 3'600'000;
  spec.offset_ms = 1'000;
  RangeEvaluator evaluator(spec);
  CHECK(evaluator.ReadRange().max_ms == kMinTimestampMs);
  Column out;
  const TimestampMs t = 0;
  const double value = 1;
  REQUIRE(evaluator.Evaluate({&t, 1}, {&value, 1}, {}, &out).ok());
  CHECK(!out.present.Any());
}

TEST_CASE(
    "The range to read is open on the left, and reaches over the borders of extended windows") {
  RangeSpec spec;
  spec.function = FindFunctionInfo("rate");
  spec.grid = {1'000'000, 2'000'000, 100'000};
  spec.range_ms = 300'000;
  spec.offset_ms = 50'000;
  spec.lookback_ms = 10'000;
  CHECK(RangeEvaluator(spec).ReadRange() == TimeRange{650'001, 1'950'000});
  spec.borders = WindowBorders::kSmoothed;
  CHECK(RangeEvaluator(spec).ReadRange() == TimeRange{640'001, 1'960'000});
}

}  // namespace
}  // namespace silverback

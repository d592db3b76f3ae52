#include "query/windows/instant_evaluator.h"

#include <vector>

#include <catch2/catch.hpp>

#include "random_series.h"

namespace silverback {
namespace {

double AnswerOf(InstantAnswer answer, const RandomSeries& series, size_t i) {
  switch (answer) {
    case InstantAnswer::kValue:
      return series.values[i];
    case InstantAnswer::kTime:
      return static_cast<double>(series.times[i]) / 1000;
    case InstantAnswer::kStart:
      return series.starts.empty() ? 0 : static_cast<double>(series.starts[i]) / 1000;
    case InstantAnswer::kPresence:
      break;
  }
  return 1;
}

/// The definition: of all samples in (t - lookback, t] the last, unless it is stale.
Column ByDefinition(const InstantSpec& spec, const RandomSeries& series) {
  Column out;
  out.Reset(spec.grid.steps());
  for (size_t step = 0; step < out.steps(); ++step) {
    const TimestampMs t = spec.at_ms.value_or(spec.grid.At(step)) - spec.offset_ms;
    for (size_t i = series.times.size(); i-- > 0;) {
      if (series.times[i] > t) continue;
      if (series.times[i] > t - spec.lookback_ms && !IsStale(series.values[i])) {
        out.Set(step, AnswerOf(spec.answer, series, i));
      }
      break;
    }
  }
  return out;
}

TEST_CASE("An instant selector takes the last sample of the lookback, unless it is stale") {
  const uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 60; ++round) {
    SeriesOptions options;
    options.shape = static_cast<SeriesShape>(round % 4);
    options.samples = std::vector<size_t>{1, 40, 3000}[random() % 3];
    options.irregular = random() % 2 == 0;
    options.stale_chance = round % 2 == 0 ? 0 : 0.2;
    InstantSpec spec;
    spec.grid.step_ms = std::vector<int64_t>{15'000, 1'000, 777'777}[random() % 3];
    spec.grid.end_ms = spec.grid.step_ms * 400;
    spec.lookback_ms = std::vector<int64_t>{1, 30'000, 300'000}[random() % 3];
    spec.offset_ms = std::vector<int64_t>{0, 60'000, -60'000}[random() % 3];
    spec.answer = static_cast<InstantAnswer>(random() % 4);
    options.starts = static_cast<StartShape>(random() % 4);
    spec.per_step_samples = true;
    if (random() % 4 == 0) spec.at_ms = 400'000;
    InstantEvaluator evaluator(spec);
    uint64_t answered = 0;
    std::vector<TimestampMs> times_before;
    for (int i = 0; i < 5; ++i) {
      RandomSeries series(&random, options);
      // Series of one timeline share what was worked out of it.
      if (i > 0 && random() % 2 == 0) series.times = times_before;
      times_before = series.times;
      series.Cut(1 + random() % 900);
      Column got;
      evaluator.Evaluate(series.series(), &got);
      const Column want = ByDefinition(spec, series);
      answered += want.present.Count();
      for (size_t step = 0; step < want.steps(); ++step) {
        REQUIRE(got.present.Test(step) == want.present.Test(step));
        if (want.present.Test(step)) REQUIRE(SameBits(got.floats[step], want.floats[step]));
      }
    }
    CHECK(evaluator.samples().covered.total == answered);
  }
}

TEST_CASE("A smoothed selector interpolates between its neighbours") {
  const std::vector<TimestampMs> times = {10'000, 20'000, 60'000};
  const std::vector<double> values = {1, 3, ValueOf(kStaleNanBits)};
  InstantSpec spec;
  spec.grid = {5'000, 45'000, 5'000};
  spec.lookback_ms = 20'000;
  spec.smoothed = true;
  const Run run = Run::OfSamples(times, values);
  Column out;
  InstantEvaluator(spec).Evaluate({1, {&run, 1}}, &out);
  CHECK(!out.present.Test(0));  // nothing before 10 s
  CHECK(out.floats[1] == 1);    // exactly
  CHECK(out.floats[2] == 2);    // between
  CHECK(out.floats[4] == 3);    // carried on
  CHECK(out.present.Test(6));   // 35 s: 20 s lies within (15 s, 55 s]
  CHECK(!out.present.Test(7));  // 40 s: it does not
}

TEST_CASE("The range to read of an instant selector is its lookback, open on the left") {
  InstantSpec spec;
  spec.grid = {1'000'000, 2'000'000, 100'000};
  spec.lookback_ms = 300'000;
  CHECK(InstantEvaluator(spec).ReadRange() == TimeRange{700'001, 2'000'000});
}

}  // namespace
}  // namespace silverback

// Range functions and instant selectors over half a year of samples: 184 days at 15 s, blocks of 8,192.
//
// Each benchmark evaluates series that share their timelines, and first checks its answer against the definition's.
#include <benchmark/benchmark.h>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/check.h"
#include "engine/block/block.h"
#include "engine/read/series_reader.h"
#include "query/windows/instant_evaluator.h"
#include "query/windows/range_evaluator.h"

namespace silverback {
namespace {

constexpr int64_t kIntervalMs = 15'000;
constexpr int64_t kDayMs = 24 * 3600 * 1000;
constexpr size_t kSamples = 184 * kDayMs / kIntervalMs;

/// One series' blocks and runs.
struct StoredSeries {
  std::vector<std::string> bytes;
  std::vector<BlockView> blocks;
  std::vector<Run> runs;
};

enum class Shape { kCounter, kGauge };

/// Series over the same timelines, built once.
class Store {
 public:
  static const Store& Get(Shape shape) {
    static const Store kCounters(Shape::kCounter);
    static const Store kGauges(Shape::kGauge);
    return shape == Shape::kCounter ? kCounters : kGauges;
  }
  const std::vector<StoredSeries>& series() const { return series_; }
  TimestampMs end() const { return times_.back(); }

 private:
  explicit Store(Shape shape) {
    std::mt19937_64 random(7);
    for (size_t i = 0; i < kSamples; ++i) {
      times_.push_back(static_cast<TimestampMs>(i) * kIntervalMs +
                       static_cast<TimestampMs>(random() % 5));
    }
    series_.resize(8);
    for (StoredSeries& stored : series_) Fill(shape, &random, &stored);
  }

  void Fill(Shape shape, std::mt19937_64* random, StoredSeries* stored) {
    std::vector<double> values;
    double value = 50;
    for (size_t i = 0; i < kSamples; ++i) {
      if (shape == Shape::kCounter) {
        value = (*random)() % 100'000 == 0 ? 0 : value + static_cast<double>((*random)() % 200);
      } else {
        value += std::round((static_cast<double>((*random)() % 201) - 100)) / 100;
      }
      values.push_back(value);
    }
    for (size_t begin = 0; begin < kSamples; begin += kMaxBlockSamples) {
      const size_t rows = std::min<size_t>(kMaxBlockSamples, kSamples - begin);
      stored->bytes.push_back(BuildBlock(std::span(times_).subspan(begin, rows),
                                         std::span(values).subspan(begin, rows), {}));
    }
    for (const std::string& bytes : stored->bytes)
      stored->blocks.push_back(*BlockView::Open(bytes));
    size_t begin = 0;
    for (const BlockView& block : stored->blocks) {
      stored->runs.push_back(
          Run::OfBlock(TimesView(times_).subspan(begin, block.rows()), &block, 0, true));
      begin += block.rows();
    }
  }

  std::vector<TimestampMs> times_;
  std::vector<StoredSeries> series_;
};

StepGrid Panel(const Store& store, int64_t days, int64_t steps) {
  const int64_t step = days * kDayMs / steps;
  return {store.end() - step * (steps - 1), store.end(), step};
}

void CheckAgainstDefinition(RangeSpec spec, const StoredSeries& stored,
                            std::span<const ScalarArgument> args) {
  Column got;
  Column want;
  SB_CHECK(RangeEvaluator(spec).Evaluate({1, stored.runs}, args, &got).ok());
  spec.fast_paths = false;
  SB_CHECK(RangeEvaluator(spec).Evaluate({1, stored.runs}, args, &want).ok());
  for (size_t step = 0; step < want.steps(); ++step) {
    SB_CHECK(got.present.Test(step) == want.present.Test(step));
    SB_CHECK(!want.present.Test(step) || std::abs(got.floats[step] - want.floats[step]) <=
                                             1e-9 * std::abs(want.floats[step]) + 1e-9);
  }
}

void Report(benchmark::State& state, size_t steps, uint64_t samples) {
  const auto evaluations = static_cast<double>(state.iterations());
  state.counters["per_step"] =
      benchmark::Counter(evaluations * static_cast<double>(steps),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["samples/s"] =
      benchmark::Counter(evaluations * static_cast<double>(samples), benchmark::Counter::kIsRate);
}

/// FUNCTION(series[RANGE]) in a panel of DAYS days and STEPS steps; one iteration is one series. `samples/s` counts the
/// samples that the windows hold, whether they were touched or not.
void Range(benchmark::State& state, std::string_view function, Shape shape, int64_t days,
           int64_t steps, int64_t range_ms, bool fast) {
  const Store& store = Store::Get(shape);
  RangeSpec spec;
  spec.function = FindFunctionInfo(function);
  spec.grid = Panel(store, days, steps);
  spec.range_ms = range_ms;
  const double half = 0.5;
  std::vector<ScalarArgument> args;
  if (function == "quantile_over_time") args.push_back({{&half, 1}});
  CheckAgainstDefinition(spec, store.series().front(), args);
  spec.fast_paths = fast;
  RangeEvaluator evaluator(spec);
  Column out;
  size_t next = 0;
  for (auto _ : state) {
    const StoredSeries& stored = store.series()[next++ % store.series().size()];
    SB_CHECK(evaluator.Evaluate({1, stored.runs}, args, &out).ok());
    benchmark::DoNotOptimize(out.floats.data());
  }
  Report(state, spec.grid.steps(), evaluator.samples().covered.total / state.iterations());
}

void Instant(benchmark::State& state, int64_t days, int64_t steps) {
  const Store& store = Store::Get(Shape::kGauge);
  InstantSpec spec;
  spec.grid = Panel(store, days, steps);
  spec.lookback_ms = 300'000;
  InstantEvaluator evaluator(spec);
  Column out;
  size_t next = 0;
  for (auto _ : state) {
    const StoredSeries& stored = store.series()[next++ % store.series().size()];
    evaluator.Evaluate({1, stored.runs}, &out);
    benchmark::DoNotOptimize(out.floats.data());
  }
  SB_CHECK(out.present.Count() == spec.grid.steps());
  Report(state, spec.grid.steps(), kSamples);
}

constexpr int64_t kMinute = 60'000;
constexpr int64_t kHour = 60 * kMinute;

BENCHMARK_CAPTURE(Range, rate_12m_184d_1000_steps, "rate", Shape::kCounter, 184, 1000, 12 * kMinute,
                  true)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Range, rate_5h_184d_1000_steps, "rate", Shape::kCounter, 184, 1000, 5 * kHour,
                  true)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Range, rate_5h_184d_1000_steps_naive, "rate", Shape::kCounter, 184, 1000,
                  5 * kHour, false)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Range, rate_30d_150d_1000_steps, "rate", Shape::kCounter, 150, 1000, 30 * kDayMs,
                  true)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Range, rate_of_gauge_5h_184d_1000_steps, "rate", Shape::kGauge, 184, 1000,
                  5 * kHour, true)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Range, rate_5m_1d_5760_steps, "rate", Shape::kCounter, 1, 5760, 5 * kMinute, true)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Range, irate_12m_184d_1000_steps, "irate", Shape::kCounter, 184, 1000,
                  12 * kMinute, true)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Range, count_over_time_5h_184d_1000_steps, "count_over_time", Shape::kGauge, 184,
                  1000, 5 * kHour, true)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Range, sum_over_time_12m_184d_1000_steps, "sum_over_time", Shape::kGauge, 184,
                  1000, 12 * kMinute, true)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Range, avg_over_time_5h_184d_1000_steps, "avg_over_time", Shape::kGauge, 184,
                  1000, 5 * kHour, true)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Range, avg_over_time_1h_1d_5760_steps, "avg_over_time", Shape::kGauge, 1, 5760,
                  kHour, true)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Range, max_over_time_1d_30d_2880_steps, "max_over_time", Shape::kGauge, 30, 2880,
                  kDayMs, true)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Range, sum_over_time_1d_184d_1000_steps, "sum_over_time", Shape::kGauge, 184,
                  1000, kDayMs, true)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Range, sum_over_time_30d_150d_1000_steps, "sum_over_time", Shape::kGauge, 150,
                  1000, 30 * kDayMs, true)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Range, sum_over_time_30d_150d_1000_steps_naive, "sum_over_time", Shape::kGauge,
                  150, 1000, 30 * kDayMs, false)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Range, max_over_time_30d_150d_1000_steps, "max_over_time", Shape::kGauge, 150,
                  1000, 30 * kDayMs, true)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Range, changes_5h_184d_1000_steps, "changes", Shape::kGauge, 184, 1000, 5 * kHour,
                  true)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Range, quantile_over_time_12m_184d_1000_steps, "quantile_over_time",
                  Shape::kGauge, 184, 1000, 12 * kMinute, true)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Range, stddev_over_time_5h_184d_1000_steps, "stddev_over_time", Shape::kGauge,
                  184, 1000, 5 * kHour, true)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Instant, selector_184d_1000_steps, 184, 1000)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Instant, selector_1d_5760_steps, 1, 5760)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace silverback

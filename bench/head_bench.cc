// The head: appending to open chunks, and copying a series out while it grows.
#include <benchmark/benchmark.h>
#include <vector>

#include "engine/base/check.h"
#include "engine/head/generation.h"

namespace silverback {
namespace {

constexpr int64_t kIntervalMs = 15'000;

/// One sample a series and round, as live ingestion brings them: counters that rise by small steps.
void BM_AppendRound(benchmark::State& state) {
  const auto series = static_cast<SeriesId>(state.range(0));
  Generation generation(1, nullptr, kMinTimestampMs);
  AppendCounts counts;
  int64_t round = 0;
  for (auto _ : state) {
    const TimestampMs time = ++round * kIntervalMs;
    for (SeriesId id = 1; id <= series; ++id) {
      const Sample sample{time, static_cast<double>(round * (id % 100) + id)};
      generation.Append(id, 1, {&sample, 1}, &counts);
    }
  }
  const auto stats = generation.stats();
  SB_CHECK_EQ(stats.series, static_cast<uint64_t>(series));
  const double samples = static_cast<double>(round) * series;
  state.SetItemsProcessed(static_cast<int64_t>(samples));
  state.counters["bytes/series"] = static_cast<double>(stats.bytes) / series;
  state.counters["bytes/sample"] = static_cast<double>(stats.bytes) / samples;
}
BENCHMARK(BM_AppendRound)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

/// Forty samples a series and append, as a remote_write queue batches them.
void BM_AppendRows(benchmark::State& state) {
  constexpr SeriesId kSeries = 250;
  constexpr int64_t kRow = 40;
  Generation generation(1, nullptr, kMinTimestampMs);
  AppendCounts counts;
  std::vector<Sample> row(kRow);
  int64_t next = 0;
  for (auto _ : state) {
    for (int64_t i = 0; i < kRow; ++i) {
      row[static_cast<size_t>(i)] = {(next + i) * kIntervalMs, static_cast<double>((next + i) * 7)};
    }
    next += kRow;
    for (SeriesId id = 1; id <= kSeries; ++id) generation.Append(id, 1, row, &counts);
  }
  state.SetItemsProcessed(state.iterations() * kRow * kSeries);
}
BENCHMARK(BM_AppendRows);

/// What a reader does under the shard's lock.
void BM_CopySeries(benchmark::State& state) {
  Generation generation(1, nullptr, kMinTimestampMs);
  AppendCounts counts;
  for (int64_t i = 0; i < 960; ++i) {
    const Sample sample{i * kIntervalMs, static_cast<double>(i * 13)};
    generation.Append(1, 1, {&sample, 1}, &counts);
  }
  for (auto _ : state) {
    auto copy = generation.Copy(1, {});
    SB_CHECK(copy.has_value());
    benchmark::DoNotOptimize(copy);
  }
}
BENCHMARK(BM_CopySeries);

}  // namespace
}  // namespace silverback

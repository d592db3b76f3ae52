// Query results to JSON text.
#include <benchmark/benchmark.h>
#include <string>
#include <vector>

#include "bench/fleet/split_mix.h"
#include "engine/base/check.h"
#include "query/api/number_text.h"
#include "query/api/result_json.h"

namespace silverback {
namespace {

/// Counts the bytes and drops them.
class CountingSink : public Sink {
 public:
  bool Write(std::string_view bytes) override {
    bytes_ += bytes.size();
    return true;
  }
  size_t bytes() const { return bytes_; }

 private:
  size_t bytes_ = 0;
};

enum Values { kWhole, kShort, kFull };

/// Of no two series the same: a processor learns how many digits the values of a short series have.
double ValueAt(Values values, int series, size_t step) {
  const uint64_t mixed =
      SplitMix((uint64_t{static_cast<uint32_t>(series)} << 32 | step) * kSplitMixStep) >> 40;
  const auto x = static_cast<double>(mixed);
  if (values == kWhole) return x;
  return values == kShort ? x / 1000 : x / 7;
}

/// A panel of 250 series and 1,000 steps.
void WriteMatrix(benchmark::State& state) {
  const auto values = static_cast<Values>(state.range(0));
  constexpr size_t kSteps = 1000;
  constexpr int kSeries = 250;
  QueryResult result;
  MatrixResult matrix;
  matrix.grid = {1795424040000, 1795424040000 + 15000 * (int64_t{kSteps} - 1), 15000};
  for (int i = 0; i < kSeries; ++i) {
    MatrixSeries series;
    series.labels = LabelSet{{"__name__", "http_requests_total"}, {"instance", std::to_string(i)}};
    series.column.Reset(kSteps);
    for (size_t step = 0; step < kSteps; ++step) {
      series.column.Set(step, ValueAt(values, i, step));
    }
    matrix.series.push_back(std::move(series));
  }
  result.value = std::move(matrix);
  size_t bytes = 0;
  for (auto _ : state) {
    CountingSink sink;
    {
      JsonWriter json(&sink);
      WriteQueryData(json, result, StatisticsDetail::kNone, {});
    }
    bytes = sink.bytes();
  }
  SB_CHECK_LT(size_t{kSeries} * kSteps * 15, bytes);
  state.SetItemsProcessed(state.iterations() * kSeries * int64_t{kSteps});
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(bytes));
}
/// A list of label sets, as /api/v1/series answers.
void WriteSeries(benchmark::State& state) {
  constexpr size_t kSeries = 1500;
  std::vector<LabelSet> sets;
  for (size_t i = 0; i < kSeries; ++i) {
    const std::string number = std::to_string(i * 7919 % kSeries);
    sets.push_back(LabelSet{{"__name__", "http_requests_total"},
                            {"instance", "10.0.3." + number + ":9100"},
                            {"job", "checkout"},
                            {"pod", "checkout-" + number},
                            {"slot", number},
                            {"zone", "a"}});
  }
  size_t bytes = 0;
  for (auto _ : state) {
    CountingSink sink;
    {
      JsonWriter json(&sink);
      json.BeginArray();
      for (const LabelSet& labels : sets) json.Labels(labels);
      json.EndArray();
    }
    bytes = sink.bytes();
  }
  SB_CHECK_LT(kSeries * 100, bytes);
  state.SetItemsProcessed(state.iterations() * int64_t{kSeries});
}
BENCHMARK(WriteSeries)->Unit(benchmark::kMicrosecond);

BENCHMARK(WriteMatrix)->Arg(kWhole)->Arg(kShort)->Arg(kFull)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace silverback

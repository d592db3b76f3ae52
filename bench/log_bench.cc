// The log's codec and its group commit: samples a second, and bytes a sample.
#include <benchmark/benchmark.h>
#include <cmath>
#include <filesystem>
#include <memory>
#include <random>
#include <vector>

#include "engine/base/check.h"
#include "engine/log/log.h"
#include "engine/log/record.h"

namespace silverback {
namespace {

enum class Fleet { kMixed, kFullPrecision };

/// Half counters, a quarter integer gauges, a fifth two-decimal gauges, the rest ratios of full
/// precision.
double StartValue(Fleet fleet, SeriesId id, std::mt19937_64* random) {
  const double uniform = std::ldexp(static_cast<double>((*random)() >> 11), -53);
  if (fleet == Fleet::kFullPrecision) return uniform * 1e6;
  if (id % 20 < 10) return std::floor(std::pow(10.0, uniform * 7));
  if (id % 20 < 15) return std::floor(uniform * 500);
  if (id % 20 < 19) return std::floor(uniform * 10'000) / 100;
  return uniform;
}

double NextValue(Fleet fleet, SeriesId id, double value, std::mt19937_64* random) {
  if (fleet == Fleet::kFullPrecision)
    return value * (1 + 1e-6 * static_cast<double>((*random)() % 100));
  if (id % 20 < 10) return value + static_cast<double>((*random)() % 100);
  return (*random)() % 4 == 0 ? StartValue(fleet, id, random) : value;
}

struct Batch {
  std::vector<std::vector<Sample>> columns;
  std::vector<SeriesSamples> series;
  size_t samples = 0;
};

Batch MakeBatch(Fleet fleet, size_t series, size_t samples_per_series) {
  std::mt19937_64 random(42);
  Batch batch;
  batch.columns.resize(series);
  for (SeriesId id = 0; id < series; ++id) {
    double value = StartValue(fleet, id, &random);
    for (size_t i = 0; i < samples_per_series; ++i) {
      const TimestampMs t = 1'700'000'000'000 + static_cast<int64_t>(i) * 15'000;
      batch.columns[id].push_back({t, value});
      value = NextValue(fleet, id, value, &random);
    }
    batch.series.push_back({id, batch.columns[id]});
  }
  batch.samples = series * samples_per_series;
  return batch;
}

class Summer : public WriteRecordVisitor {
 public:
  void OnDefinition(const SeriesDefinition&) override {}
  void OnSamples(SeriesId, const SampleSpan& samples) override { count += samples.size(); }
  void OnHistogram(SeriesId, const HistogramSample&) override { ++count; }
  size_t count = 0;
};

void Report(benchmark::State& state, const Batch& batch, size_t bytes) {
  state.SetItemsProcessed(static_cast<int64_t>(batch.samples) *
                          static_cast<int64_t>(state.iterations()));
  state.counters["bytes/sample"] = static_cast<double>(bytes) / static_cast<double>(batch.samples);
}

void Encode(benchmark::State& state, Fleet fleet) {
  const Batch batch =
      MakeBatch(fleet, static_cast<size_t>(state.range(0)), static_cast<size_t>(state.range(1)));
  std::string payload;
  for (auto _ : state) {
    payload.clear();
    EncodeWriteRecord({}, batch.series, {}, &payload);
    benchmark::DoNotOptimize(payload.data());
  }
  Report(state, batch, payload.size());
}

void Decode(benchmark::State& state, Fleet fleet) {
  const Batch batch =
      MakeBatch(fleet, static_cast<size_t>(state.range(0)), static_cast<size_t>(state.range(1)));
  std::string payload;
  EncodeWriteRecord({}, batch.series, {}, &payload);
  for (auto _ : state) {
    Summer summer;
    SB_CHECK(DecodeWriteRecord(payload, &summer).ok());
    SB_CHECK_EQ(summer.count, batch.samples);
  }
  Report(state, batch, payload.size());
}

/// Threads that each write records of 32 KiB (some 10,000 samples) and wait for them, on the disk of the current folder.
class Commit : public benchmark::Fixture {
 public:
  void SetUp(const benchmark::State& state) override {
    if (state.thread_index() != 0) return;
    directory_ = std::filesystem::current_path() / "log_bench.tmp";
    std::filesystem::remove_all(directory_);
    LogOptions options;
    options.directory = directory_;
    options.max_bytes = uint64_t{1} << 40;
    auto log = Log::Open(options);
    SB_CHECK(log.ok());
    log_ = *std::move(log);
    SB_CHECK(log_->Replay(0, [](auto...) { return absl::OkStatus(); }).ok());
  }

  void TearDown(const benchmark::State& state) override {
    if (state.thread_index() != 0) return;
    log_.reset();
    std::filesystem::remove_all(directory_);
  }

 protected:
  std::filesystem::path directory_;
  std::unique_ptr<Log> log_;
};

BENCHMARK_DEFINE_F(Commit, Threads)(benchmark::State& state) {
  const std::string payload(32 << 10, 'x');
  for (auto _ : state) {
    const auto sequence = log_->Append(payload);
    SB_CHECK(sequence.ok());
    SB_CHECK(log_->WaitDurable(*sequence).ok());
    // Keeps the disk's use bounded.
    if (*sequence % 8192 == 0) SB_CHECK(log_->DropThrough(*sequence - 1024).ok());
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * payload.size()));
  if (state.thread_index() == 0) {
    const LogStats stats = log_->stats();
    state.counters["records/sync"] =
        static_cast<double>(stats.records) / static_cast<double>(stats.syncs);
  }
}
BENCHMARK_REGISTER_F(Commit, Threads)->Threads(1)->Threads(4)->Threads(16)->UseRealTime();

/// Reads 128 MiB of records of 32 KiB back, from the page cache.
void Replay(benchmark::State& state) {
  const auto directory = std::filesystem::current_path() / "log_bench.tmp";
  std::filesystem::remove_all(directory);
  LogOptions options;
  options.directory = directory;
  options.sync_mode = SyncMode::kOff;
  const auto count = [](uint64_t* records) {
    return [records](Sequence, std::string_view) {
      ++*records;
      return absl::OkStatus();
    };
  };
  uint64_t records = 0;
  {
    auto log = Log::Open(options);
    SB_CHECK(log.ok() && (*log)->Replay(0, count(&records)).ok());
    const std::string payload(32 << 10, 'x');
    for (int i = 0; i < 4096; ++i) SB_CHECK((*log)->Append(payload).ok());
  }
  for (auto _ : state) {
    records = 0;
    auto log = Log::Open(options);
    SB_CHECK(log.ok() && (*log)->Replay(0, count(&records)).ok());
    SB_CHECK_EQ(records, 4096u);
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * (128 << 20));
  std::filesystem::remove_all(directory);
}
BENCHMARK(Replay);

BENCHMARK_CAPTURE(Encode, mixed, Fleet::kMixed)->Args({100'000, 1})->Args({2'500, 40});
BENCHMARK_CAPTURE(Encode, full_precision, Fleet::kFullPrecision)
    ->Args({100'000, 1})
    ->Args({2'500, 40});
BENCHMARK_CAPTURE(Decode, mixed, Fleet::kMixed)->Args({100'000, 1})->Args({2'500, 40});
BENCHMARK_CAPTURE(Decode, full_precision, Fleet::kFullPrecision)
    ->Args({100'000, 1})
    ->Args({2'500, 40});

}  // namespace
}  // namespace silverback

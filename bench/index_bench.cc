// The index with a million series: creation, look-up, selection, label names and values, label sets.
//
// SILVERBACK_BENCH_SERIES sets another number. The series are those of 1,000 metrics on 1,000 instances of 20 jobs; each has a label
// of its own, `id`. Every answer's size is checked.
#include <benchmark/benchmark.h>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/check.h"
#include "engine/index/registry.h"
#include "engine/index/selection.h"
#include "engine/labels/label_order.h"
#include "engine/store/id_set.h"
#include "engine/store/keys.h"
#include "engine/store/store.h"

namespace silverback {
namespace {

constexpr size_t kBatch = 2'000;
constexpr uint32_t kMetrics = 1'000;
constexpr uint32_t kJobs = 20;
constexpr Day kFirstDay = 20'000;
constexpr int kDays = 60;

uint32_t SeriesCount() {
  const char* text = std::getenv("SILVERBACK_BENCH_SERIES");
  return text == nullptr ? 1'000'000 : static_cast<uint32_t>(std::strtoul(text, nullptr, 10));
}

LabelSet SeriesLabels(uint32_t n) {
  const uint32_t instance = n / kMetrics;
  return LabelSet{{kMetricName, fmt::format("metric_{:03d}_total", n % kMetrics)},
                  {"env", instance % 3 == 0 ? "prod" : "test"},
                  {"id", fmt::format("{:07d}", n)},
                  {"instance", fmt::format("host-{:04d}:9100", instance)},
                  {"job", fmt::format("job-{:02d}", instance % kJobs)},
                  {"region", fmt::format("eu-{}", instance % 5)}};
}

void Require(const Status& status) {
  if (status.ok()) return;
  fmt::print(stderr, "{}\n", MessageOf(status));
  std::abort();
}

template <typename T>
T Value(StatusOr<T> value) {
  Require(value.status());
  return std::move(value).value();
}

// Built once, by the first benchmark that asks.
class Index {
 public:
  static Index& Get() {
    static Index index;
    return index;
  }
  ~Index() {
    selector.reset();
    registry.reset();
    store.reset();
    std::filesystem::remove_all(path_);
  }

  void Reopen() {
    selector.reset();
    registry.reset();
    store.reset();
    store = Value(Store::Open({.path = path_ + "/db"}));
    registry = Value(Registry::Open(store.get(), {}));
    selector = std::make_unique<Selector>(registry.get());
  }

  const uint32_t count = SeriesCount();
  double create_seconds = 0;
  double create_cpu_seconds = 0;  // flushes and compactions in the background included
  std::unique_ptr<Store> store;
  std::unique_ptr<Registry> registry;
  std::unique_ptr<Selector> selector;

 private:
  Index() {
    path_ = (std::filesystem::temp_directory_path() / "silverback-bench-XXXXXX").string();
    SB_CHECK(::mkdtemp(path_.data()) != nullptr);
    Reopen();
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t cpu_start = std::clock();
    std::vector<LabelSet> labels;
    std::vector<SeriesRef> refs;
    for (uint32_t n = 0; n < count; n += kBatch) {
      labels.clear();
      for (uint32_t i = n; i < std::min<uint32_t>(count, n + kBatch); ++i) {
        labels.push_back(SeriesLabels(i));
      }
      refs.resize(labels.size());
      Require(registry->GetOrCreate(labels, refs));
    }
    create_seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    create_cpu_seconds = static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC;
    SB_CHECK_EQ(registry->size(), count);
    WriteActivity();
    Require(store->Flush());
    Reopen();
  }

  // Nine in ten series are active on any day.
  void WriteActivity() {
    for (Day day = kFirstDay; day < kFirstDay + kDays; ++day) {
      KvBatch batch(store->kv());
      for (uint32_t high = 0; high <= count >> 16; ++high) {
        IdSet ids;
        for (uint32_t low = 0; low < 65'536; ++low) {
          const uint32_t id = high << 16 | low;
          if (id >= 1 && id <= count && (id * 7 + static_cast<uint32_t>(day)) % 10 != 0) {
            ids.AddId(static_cast<uint16_t>(low));
          }
        }
        if (ids.empty()) continue;
        batch.Merge(Family::kActivity, keys::Activity(day, static_cast<uint16_t>(high)),
                    ids.Encode());
      }
      Require(store->kv().Write(std::move(batch), Durability::kBuffered));
    }
  }

  std::string path_;
};

void BM_Create(benchmark::State& state) {
  const Index& index = Index::Get();
  // Timed while the index was built.
  for (auto _ : state) state.SetIterationTime(index.create_seconds);
  state.counters["series/s"] = index.count / index.create_seconds;
  state.counters["cpu_us/series"] = 1e6 * index.create_cpu_seconds / index.count;
}
BENCHMARK(BM_Create)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

void BM_OpenRegistry(benchmark::State& state) {
  Index& index = Index::Get();
  for (auto _ : state) index.Reopen();
  SB_CHECK_EQ(index.registry->size(), index.count);
}
BENCHMARK(BM_OpenRegistry)->Iterations(2)->Unit(benchmark::kMillisecond);

// What the first requests after a restart do.
void BM_LookUpKnown(benchmark::State& state) {
  Index& index = Index::Get();
  std::vector<LabelSet> labels;
  std::vector<SeriesRef> refs(kBatch);
  uint32_t n = 0;
  for (auto _ : state) {
    state.PauseTiming();
    labels.clear();
    for (size_t i = 0; i < kBatch; ++i) labels.push_back(SeriesLabels(n++ % index.count));
    state.ResumeTiming();
    Require(index.registry->GetOrCreate(labels, refs));
    SB_CHECK(!refs[0].created);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kBatch));
}
BENCHMARK(BM_LookUpKnown)->Iterations(100)->Unit(benchmark::kMicrosecond);

// A miss costs a look into the filters of `labels`.
void BM_LookUpUnknown(benchmark::State& state) {
  Index& index = Index::Get();
  uint32_t n = 0;
  for (auto _ : state) {
    const SeriesRef ref =
        Value(index.registry->Find(LabelSet{{"unknown", fmt::format("{}", n++)}}));
    SB_CHECK_EQ(ref.series, 0U);
  }
}
BENCHMARK(BM_LookUpUnknown)->Unit(benchmark::kMicrosecond);

Matcher Make(MatchType type, std::string_view name, std::string_view value) {
  return Value(Matcher::Create(type, std::string(name), std::string(value)));
}

struct SelectCase {
  const char* name;
  std::vector<Matcher> matchers;
  uint64_t per_million;  // series selected of a million
};

std::vector<SelectCase> SelectCases() {
  using enum MatchType;
  const Matcher metric = Matcher::Equal(std::string(kMetricName), "metric_007_total");
  return {
      {"one metric", {metric}, 1'000},
      {"one metric of one job", {metric, Matcher::Equal("job", "job-03")}, 50},
      {"one metric, instance by regex", {metric, Make(kRegex, "instance", "host-00.*")}, 100},
      {"one metric, instance not by regex",
       {metric, Make(kNotRegex, "instance", ".*[05]:9100")},
       800},
      {"one metric, env not", {metric, Make(kNotEqual, "env", "test")}, 334},
      {"one instance", {Matcher::Equal("instance", "host-0500:9100")}, 1'000},
      {"one job", {Matcher::Equal("job", "job-03")}, 50'000},
      {"everything but one job", {Make(kNotEqual, "job", "job-03")}, 950'000},
      {"metrics by regex", {Make(kRegex, kMetricName, "metric_00.*")}, 10'000},
      {"id by regex over all values", {Make(kRegex, "id", ".*77")}, 10'000},
      {"id by literals", {Make(kRegex, "id", "0000001|0500000|0999999|nope")}, 3},
      {"all", {}, 1'000'000},
  };
}

void BM_Select(benchmark::State& state) {
  Index& index = Index::Get();
  const SelectCase test = SelectCases()[static_cast<size_t>(state.range(0))];
  SelectionScope scope;
  const bool by_day = state.range(1) != 0;
  if (by_day) scope.range = {(kFirstDay + 3) * kDayMs, (kFirstDay + 3) * kDayMs + 3'600'000};
  for (auto _ : state) {
    const auto series = Value(index.selector->Select(test.matchers, scope));
    if (index.count == 1'000'000 && !by_day) SB_CHECK_EQ(series.size(), test.per_million);
    SB_CHECK_LE(series.size(), test.per_million);
  }
  state.SetLabel(fmt::format("{}{}", test.name, by_day ? ", one hour" : ""));
}
BENCHMARK(BM_Select)
    ->ArgsProduct({benchmark::CreateDenseRange(0, 11, 1), {0, 1}})
    ->Unit(benchmark::kMicrosecond);

// A month of days is united to prune by.
void BM_SelectMonth(benchmark::State& state) {
  Index& index = Index::Get();
  const std::vector<Matcher> matchers{Matcher::Equal(std::string(kMetricName), "metric_007_total")};
  const SelectionScope scope{{kFirstDay * kDayMs, (kFirstDay + 30) * kDayMs}, nullptr, nullptr};
  for (auto _ : state) {
    SB_CHECK(!Value(index.selector->Select(matchers, scope)).empty());
  }
}
BENCHMARK(BM_SelectMonth)->Unit(benchmark::kMicrosecond);

void BM_LabelValues(benchmark::State& state) {
  Index& index = Index::Get();
  const char* const names[] = {"job", "instance", "__name__", "id"};
  const std::string_view name = names[state.range(0)];
  const bool filtered = state.range(1) != 0;
  std::vector<Matcher> matchers;
  if (filtered) matchers.push_back(Matcher::Equal("instance", "host-0500:9100"));
  const SelectionScope scope{
      {(kFirstDay + 3) * kDayMs, (kFirstDay + 3) * kDayMs + 3'600'000}, nullptr, nullptr};
  size_t found = 0;
  for (auto _ : state) {
    found = Value(index.selector->LabelValues(name, matchers, scope, 0)).values.size();
    SB_CHECK(found > 0);
  }
  state.SetLabel(fmt::format("{}{}: {}", name, filtered ? " of one instance" : "", found));
}
BENCHMARK(BM_LabelValues)->ArgsProduct({{0, 1, 2, 3}, {0, 1}})->Unit(benchmark::kMicrosecond);

void BM_LabelNames(benchmark::State& state) {
  Index& index = Index::Get();
  std::vector<Matcher> matchers;
  if (state.range(0) != 0) matchers.push_back(Matcher::Equal("instance", "host-0500:9100"));
  for (auto _ : state) {
    SB_CHECK_EQ(Value(index.selector->LabelNames(matchers, {}, 0)).values.size(), 6U);
  }
}
BENCHMARK(BM_LabelNames)->Arg(0)->Arg(1)->Unit(benchmark::kMicrosecond);

void BM_Labels(benchmark::State& state) {
  Index& index = Index::Get();
  const auto wanted = static_cast<uint32_t>(state.range(0));
  const uint32_t stride = state.range(1) != 0 ? std::max(1U, index.count / wanted) : 1;
  std::vector<SeriesId> ids;
  for (uint32_t i = 0; i < wanted && 1 + i * stride <= index.count; ++i) {
    ids.push_back(1 + i * stride);
  }
  for (auto _ : state) {
    SB_CHECK_EQ(Value(index.registry->Labels(ids)).size(), ids.size());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(ids.size()));
  state.SetLabel(stride == 1 ? "neighbours" : "spread");
}
BENCHMARK(BM_Labels)->ArgsProduct({{250, 100'000}, {0, 1}})->Unit(benchmark::kMicrosecond);

/// Series of one metric, as /api/v1/series sorts them: they come in the order in which they were first seen.
void BM_LabelOrder(benchmark::State& state) {
  std::vector<LabelSet> sets;
  for (int64_t i = 0; i < state.range(0); ++i) {
    const int64_t host = i * 7919 % 1000;
    sets.push_back(LabelSet{{"__name__", "http_requests_total"},
                            {"instance", fmt::format("10.0.{}.{}:9100", host / 256, host % 256)},
                            {"job", fmt::format("job-{}", host % 10)},
                            {"pod", fmt::format("pod-{}-{}", host, i / 1000)},
                            {"slot", "17"},
                            {"zone", "a"}});
  }
  std::vector<const LabelSet*> pointers;
  for (const LabelSet& set : sets) pointers.push_back(&set);
  for (auto _ : state) {
    const std::vector<uint32_t> order = LabelOrder(pointers);
    SB_CHECK(sets[order[0]] < sets[order[1]]);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_LabelOrder)->Arg(1500)->Arg(100'000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace silverback

// Evaluation: a range query by every fast path, in threads and with rewritten plans, against the naive way: each step as an
// instant query of the plan as it was written, every window by its definition. The bytes are choices in the grammar.
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "fuzz.h"

#include "engine/base/check.h"
#include "engine/base/value.h"
#include "query/exec/engine.h"
#include "query/syntax/parser.h"
#include "tests/support/memory_database/memory_database.h"
#include "tests/support/promql_grammar/grammar.h"

namespace {

using namespace silverback;  // NOLINT: this file is a leaf

constexpr int64_t kMinuteMs = 60'000;
constexpr StepGrid kGrid = {5 * kMinuteMs, 40 * kMinuteMs, 7 * kMinuteMs - 500};

constexpr int kSamples = 45;

NativeHistogram GrowingHistogram(uint64_t i) {
  NativeHistogram histogram;
  histogram.schema = i < 25 ? 1 : 0;
  histogram.zero_threshold = 0.001;
  histogram.zero_count = i / 3;
  histogram.positive_spans = {{-1, 2}, {1, 1}};
  histogram.positive_counts = {i, 2 * i, i / 2};
  histogram.count = histogram.zero_count + i + 2 * i + i / 2;
  histogram.sum = static_cast<double>(5 * i);
  return histogram;
}

/// A sample a minute, in whole and half numbers, so that sums in any order are the same: counters that start anew, gauges with
/// gaps, NaN and stale markers, classic buckets, native histograms, and a series that turns from one to the other.
MemoryDatabase* MakeDatabase() {
  auto* database = new MemoryDatabase();
  std::mt19937_64 random(7);
  const auto add = [&](const std::string& name, const std::string& job, int instance, double at,
                       bool counter) {
    std::vector<Sample> samples;
    double value = at;
    for (int i = 0; i < kSamples; ++i) {
      value = counter ? value + static_cast<double>(random() % 20)
                      : at + static_cast<double>(random() % 41) / 2 - 10;
      if (counter && random() % 12 == 0) value = 0;
      const uint64_t chance = random() % 100;
      if (chance < 8) continue;
      double kept = value;
      if (chance < 14) kept = ValueOf(kStaleNanBits);
      if (chance == 14 && !counter) kept = std::numeric_limits<double>::quiet_NaN();
      if (chance == 15 && !counter) kept = std::numeric_limits<double>::infinity();
      samples.push_back({i * kMinuteMs, kept});
    }
    database->Add(*LabelSet::FromLabels(
                      {{"__name__", name}, {"instance", std::to_string(instance)}, {"job", job}}),
                  samples);
  };
  for (const char* job : {"x", "y"}) {
    for (int instance = 1; instance <= 3; ++instance) {
      for (const char* name : {"a_total", "b_total"}) add(name, job, instance, 10, true);
      for (const char* name : {"g", "dotted.name"}) add(name, job, instance, instance, false);
    }
    std::vector<HistogramSample> histograms;
    for (int i = 0; i < kSamples; ++i) {
      histograms.push_back({i * kMinuteMs, GrowingHistogram(static_cast<uint64_t>(i % 33))});
    }
    database->Add(*LabelSet::FromLabels({{"__name__", "h"}, {"instance", "1"}, {"job", job}}), {},
                  histograms);
    for (const char* bound : {"0.5", "1", "+Inf"}) {
      std::vector<Sample> samples;
      for (int i = 0; i < kSamples; ++i) {
        samples.push_back(
            {i * kMinuteMs, static_cast<double>(i * (1 + std::string(bound).size()))});
      }
      database->Add(*LabelSet::FromLabels({{"__name__", "buckets"}, {"job", job}, {"le", bound}}),
                    samples);
    }
  }
  return database;
}

bool Close(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::abs(a - b) <= 1e-9 * std::max({std::abs(a), std::abs(b), 1.0});
}

bool Same(const VectorSample& sample, const MatrixSeries& series, size_t step) {
  const FloatHistogram* histogram = series.column.HistogramAt(step);
  if (!(sample.labels == series.labels)) return false;
  if ((histogram == nullptr) != (sample.histogram == nullptr)) return false;
  if (histogram == nullptr) return Close(sample.value, series.column.floats[step]);
  return Close(histogram->count, sample.histogram->count) &&
         Close(histogram->sum, sample.histogram->sum) &&
         Close(histogram->zero_count, sample.histogram->zero_count) &&
         histogram->schema == sample.histogram->schema;
}

/// Whether the last bit of a number can turn into another answer: comparisons, ranks, values as labels, remainders, steps of
/// functions, differences that come out as nothing.
bool Amplifies(const std::string& query) {
  for (const char* word :
       {"==",      "!= ",          "<",     ">",        "%",     "^",      "topk",
        "bottomk", "count_values", "limit", "floor(",   "ceil(", "round(", "sgn(",
        "ts_of_m", "tan(",         "atan2", "quantile", "exp(",  "day_of", "days_in",
        "month(",  "year(",        "hour(", "minute("}) {
    if (query.find(word) != std::string::npos) return true;
  }
  return false;
}

[[noreturn]] void Complain(const std::string& query, TimestampMs t, const std::string& what) {
  std::fprintf(stderr, "%s\nat %lld: %s\n", query.c_str(), static_cast<long long>(t), what.c_str());
  std::abort();
}

void CompareStep(const std::string& query, const MatrixResult& matrix, size_t step, Engine* naive) {
  QueryRequest request;
  request.query = query;
  request.instant = true;
  const TimestampMs t = matrix.grid.At(step);
  request.grid = {t, t, 1};
  const auto result = naive->Execute(request);
  // What the fast way did not have to evaluate could not fail.
  if (!result.ok() || Amplifies(query)) return;
  std::vector<VectorSample> samples = std::get<VectorResult>(result->value).samples;
  std::sort(samples.begin(), samples.end(),
            [](const VectorSample& a, const VectorSample& b) { return a.labels < b.labels; });
  size_t next = 0;
  for (const MatrixSeries& series : matrix.series) {
    if (!series.column.present.Test(step)) continue;
    if (next == samples.size()) Complain(query, t, "too much: " + series.labels.ToString());
    if (!Same(samples[next], series, step)) Complain(query, t, series.labels.ToString());
    ++next;
  }
  if (next < samples.size()) Complain(query, t, "missing: " + samples[next].labels.ToString());
}

std::unique_ptr<Engine> MakeEngine(const Database* database, bool fast) {
  EngineOptions options;
  options.parser = syntax::AllFeatures();
  options.threads = fast ? 2 : 1;
  options.plan_rewrites = fast;
  options.window_fast_paths = fast;
  return Engine::Create(database, options);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const MemoryDatabase* const kDatabase = MakeDatabase();
  static Engine* const kFast = MakeEngine(kDatabase, true).release();
  static Engine* const kNaive = MakeEngine(kDatabase, false).release();
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  QueryRequest request;
  request.query = testing::PromqlGrammar(bytes, {.same_at_every_step = true}).Vector(3);
  request.grid = kGrid;
  const auto result = kFast->Execute(request);
  // A range query fails if any of its steps would, and for labels that are the same at different steps alone.
  if (!result.ok()) return 0;
  const auto& matrix = std::get<MatrixResult>(result->value);
  for (size_t step = 0; step < matrix.grid.steps(); ++step) {
    CompareStep(request.query, matrix, step, kNaive);
  }
  return 0;
}

std::vector<std::string> FuzzSeeds() {
  std::vector<std::string> seeds;
  for (int first = 0; first < 96; ++first) {
    std::string choices;
    for (int i = 0; i < 8 + first; ++i) choices += static_cast<char>(first * 7 + i * (first + 3));
    seeds.push_back(choices);
  }
  return seeds;
}

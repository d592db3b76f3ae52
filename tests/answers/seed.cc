#include "tests/answers/seed.h"

#include <fmt/format.h>
#include <limits>
#include <string>
#include <utility>

#include "engine/base/value.h"
#include "tests/answers/seeds.h"

namespace silverback::answers {
namespace {

constexpr int kScrapesOfBatch = 97;

void AddRequests(Seeds* seeds) {
  uint64_t seed = 1;
  for (const char* job : {"api", "web"}) {
    for (int instance = 0; instance < 3; ++instance) {
      for (const char* code : {"200", "500"}) {
        ++seed;
        seeds->AddCounter(LabelSet{{"__name__", "http_requests_total"},
                                   {"job", job},
                                   {"instance", std::to_string(instance)},
                                   {"code", code}},
                          seed, code[0] == '2' ? 40 : 3,
                          instance == 1 ? 100 + 7 * static_cast<int>(seed) : 0);
      }
    }
  }
}

void AddHosts(Seeds* seeds) {
  uint64_t seed = 100;
  for (const char* host : {"a", "b", "c", "d"}) {
    const std::string rack = host[0] < 'c' ? "r1" : "r2";
    seeds->AddGauge(LabelSet{{"__name__", "cpu_temp"}, {"host", host}, {"rack", rack}}, ++seed,
                    55.5, 0.1);
    seeds->AddGauge(LabelSet{{"__name__", "memory_used_bytes"}, {"host", host}, {"rack", rack}},
                    ++seed, 3e9, 4096);
    seeds->Add(LabelSet{{"__name__", "memory_limit_bytes"}, {"host", host}},
               [](int) { return 8e9; });
    seeds->Add(LabelSet{{"__name__", "rack_info"},
                        {"rack", rack},
                        {"host", host},
                        {"dc", rack == "r1" ? "east" : "west"}},
               [](int) { return 1.0; });
  }
}

void AddLatencies(Seeds* seeds) {
  for (const char* job : {"api", "web"}) {
    Noise noise(job[0]);
    constexpr const char* kBounds[] = {"0.05", "0.1", "0.25", "0.5", "1", "+Inf"};
    std::vector<std::vector<double>> counts(std::size(kBounds), std::vector<double>(kScrapes));
    std::vector<double> sums(kScrapes);
    std::vector<double> now(std::size(kBounds));
    double sum = 0;
    for (int i = 0; i < kScrapes; ++i) {
      double below = 0;
      for (size_t b = 0; b < std::size(kBounds); ++b) {
        below += static_cast<double>(noise.Below(12 - static_cast<int64_t>(b)));
        now[b] += below;
        counts[b][static_cast<size_t>(i)] = now[b];
      }
      sum += below * 0.125;
      sums[static_cast<size_t>(i)] = sum;
    }
    for (size_t b = 0; b < std::size(kBounds); ++b) {
      seeds->Add(LabelSet{{"__name__", "latency_seconds_bucket"}, {"job", job}, {"le", kBounds[b]}},
                 [&](int i) { return counts[b][static_cast<size_t>(i)]; });
    }
    seeds->Add(LabelSet{{"__name__", "latency_seconds_count"}, {"job", job}},
               [&](int i) { return counts.back()[static_cast<size_t>(i)]; });
    seeds->Add(LabelSet{{"__name__", "latency_seconds_sum"}, {"job", job}},
               [&](int i) { return sums[static_cast<size_t>(i)]; });
  }
}

void AddEdges(Seeds* seeds) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const std::pair<const char*, Seeds::Value> kinds[] = {
      {"nan",
       [](int i) { return i % 5 == 0 ? std::numeric_limits<double>::quiet_NaN() : 1.0 * i; }},
      {"inf", [](int i) { return i % 7 == 0 ? kInf : 2.0 * i; }},
      {"neginf", [](int) { return -kInf; }},
      {"negzero", [](int i) { return i % 2 == 0 ? -0.0 : 0.0; }},
      {"tiny", [](int i) { return 1e-300 * (1 + i % 3); }},
      {"huge", [](int i) { return 1e300 * (1 + i % 3); }},
      {"saw", [](int i) { return static_cast<double>(i % 10) - 5; }},
      {"constant", [](int) { return 42.0; }},
  };
  for (const auto& [kind, value] : kinds)
    seeds->Add(LabelSet{{"__name__", "edge"}, {"kind", kind}}, value);
}

/// Series that end with a stale marker and begin again, with gaps, with uneven times, out of order.
void AddUneven(Seeds* seeds) {
  const double stale = ValueOf(kStaleNanBits);
  for (int n = 0; n < 3; ++n) {
    seeds->Add(LabelSet{{"__name__", "flapping"}, {"n", std::to_string(n)}},
               [&](int i) { return i % (60 + 20 * n) > 40 ? stale : 1.0 * i + n; });
    std::erase_if(seeds->last().samples, [&](const Sample& s) {
      // One marker ends a stretch; then there is nothing until the next.
      return IsStale(s.value) && ((s.timestamp_ms - kStartMs) / kScrapeMs) % (60 + 20 * n) > 41;
    });
    seeds->AddCounter(LabelSet{{"__name__", "gappy_total"}, {"n", std::to_string(n)}},
                      200 + static_cast<uint64_t>(n), 9, 0);
    std::erase_if(seeds->last().samples, [n](const Sample& s) {
      return ((s.timestamp_ms - kStartMs) / kScrapeMs / (30 + n)) % 3 == 1;
    });
    seeds->AddCounter(LabelSet{{"__name__", "jitter_total"}, {"n", std::to_string(n)}},
                      300 + static_cast<uint64_t>(n), 50, 190);
    Noise noise(400 + static_cast<uint64_t>(n));
    for (Sample& s : seeds->last().samples) s.timestamp_ms += noise.Below(9000);
    seeds->AddCounter(LabelSet{{"__name__", "late_total"}, {"n", std::to_string(n)}},
                      500 + static_cast<uint64_t>(n), 30, 211);
    seeds->last().late = true;
    seeds->AddGauge(LabelSet{{"__name__", "sparse"}, {"n", std::to_string(n)}},
                    600 + static_cast<uint64_t>(n), 10, 0.25);
    std::erase_if(seeds->last().samples, [n](const Sample& s) {
      return ((s.timestamp_ms - kStartMs) / kScrapeMs) % (28 + n) != 0;
    });
  }
}

void AddInfos(Seeds* seeds) {
  for (const char* job : {"api", "web"}) {
    for (int instance = 0; instance < 3; ++instance) {
      const std::string i = std::to_string(instance);
      seeds->Add(LabelSet{{"__name__", "target_info"},
                          {"job", job},
                          {"instance", i},
                          {"env", instance == 0 ? "prod" : "dev"},
                          {"version", fmt::format("1.{}", instance)}},
                 [](int) { return 1.0; });
      seeds->Add(LabelSet{{"__name__", "up"}, {"job", job}, {"instance", i}},
                 [instance](int scrape) { return scrape % 50 < 40 + 5 * instance ? 1.0 : 0.0; });
    }
  }
  seeds->AddGauge(LabelSet{{"__name__", "http.server.duration"}, {"service.name", "x"}}, 700, 1,
                  0.5);
  seeds->AddGauge(LabelSet{{"__name__", "http.server.duration"}, {"service.name", "y z"}}, 701, 2,
                  0.5);
}

}  // namespace

std::vector<SeededSeries> SeedSeries() {
  Seeds seeds;
  AddRequests(&seeds);
  AddHosts(&seeds);
  AddLatencies(&seeds);
  AddEdges(&seeds);
  AddUneven(&seeds);
  AddInfos(&seeds);
  AddNativeHistograms(&seeds);
  return seeds.Take();
}

namespace {

/// Appends those samples of `from` that `take(place, time)` wants.
template <typename Any, typename Take>
void CopySome(const std::vector<Any>& from, const Take& take, std::vector<Any>* to) {
  for (size_t i = 0; i < from.size(); ++i) {
    if (take(i, from[i].timestamp_ms)) to->push_back(from[i]);
  }
}

template <typename Take>
void AddSome(const SeededSeries& series, const Take& take, Batch* batch) {
  SeededSeries some{series.labels};
  CopySome(series.samples, take, &some.samples);
  CopySome(series.histograms, take, &some.histograms);
  if (some.samples.empty() && some.histograms.empty()) return;
  batch->series.push_back(std::move(some));
}

}  // namespace

std::vector<Batch> SeedBatches() {
  const std::vector<SeededSeries> all = SeedSeries();
  std::vector<Batch> batches;
  for (int begin = 0; begin < kScrapes; begin += kScrapesOfBatch) {
    const TimeRange range{TimeOf(begin), TimeOf(begin + kScrapesOfBatch) - 1};
    Batch batch;
    for (const SeededSeries& series : all) {
      const auto take = [&](size_t i, TimestampMs t) {
        return range.Contains(t) && !(series.late && i % 2 == 1);
      };
      AddSome(series, take, &batch);
    }
    batches.push_back(std::move(batch));
  }
  Batch late;
  for (const SeededSeries& series : all) {
    AddSome(
        series, [&](size_t i, TimestampMs) { return series.late && i % 2 == 1; }, &late);
  }
  batches.push_back(std::move(late));
  return batches;
}

}  // namespace silverback::answers

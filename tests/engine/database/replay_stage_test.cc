#include "engine/database/replay_stage.h"

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/base/value.h"
#include "engine/store/store.h"
#include "tests/support/temporary_directory.h"

namespace silverback {
namespace {

constexpr SeriesId kKnown = 3000;
constexpr MetricId MetricOf(SeriesId series) {
  return series % 7 + 1;
}

/// A registry that knows series 1 to `kKnown`, and an empty head.
struct Fixture {
  Fixture() {
    StoreOptions options;
    options.path = directory.File("store");
    store = Store::Open(options).value();
    registry = Registry::Open(store.get(), {}).value();
    std::vector<SeriesEntry> entries;
    for (SeriesId id = 1; id <= kKnown; ++id) {
      entries.push_back({id, MetricOf(id),
                         LabelSet{{kMetricName, fmt::format("metric_{}", MetricOf(id))},
                                  {"n", fmt::format("{}", id)}}});
    }
    REQUIRE(registry->Insert(entries).ok());
  }

  TemporaryDirectory directory;
  std::unique_ptr<Store> store;
  std::unique_ptr<Registry> registry;
  Generation generation{1, nullptr, kMinTimestampMs};
};

HistogramSample HistogramAt(TimestampMs t, double sum) {
  HistogramSample sample;
  sample.timestamp_ms = t;
  sample.histogram.sum = sum;
  return sample;
}

/// What a generation holds, in words.
std::string ContentsOf(const Generation& generation) {
  std::string all;
  std::vector<Sample> floats;
  std::vector<HistogramSample> histograms;
  StartColumn starts;
  for (const SelectedSeries& series : generation.Series()) {
    all += fmt::format("{} of {}:", series.series, series.metric);
    const SeriesCopy copy = *generation.Copy(series.series, {});
    copy.Read({}, &floats);
    copy.StartsOf(floats, &starts);
    for (size_t i = 0; i < floats.size(); ++i) {
      all += fmt::format(" {}@{}/{}", floats[i].value, floats[i].timestamp_ms, starts.view().At(i));
    }
    copy.Read({}, &histograms);
    for (const HistogramSample& sample : histograms) {
      all += fmt::format(" H{}@{}", sample.histogram.sum, sample.timestamp_ms);
    }
    all += '\n';
  }
  return all;
}

TEST_CASE("What was staged is what appending one by one would have left, whenever it is applied") {
  const uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  Fixture f;
  ReplayStage stage(f.registry.get(), &f.generation);
  Generation expected{1, nullptr, kMinTimestampMs};
  AppendCounts counts;
  ReplayOmissions omissions;
  std::map<SeriesId, uint64_t> expected_unknown;
  const auto append = [&](SeriesId series, const auto& samples) {
    if (series <= kKnown) {
      expected.Append(series, MetricOf(series), samples, &counts);
    } else {
      expected_unknown[series] += samples.size();
    }
  };
  std::vector<Sample> samples;
  std::vector<TimestampMs> starts;
  // Now many series that hardly come again, now few that come often; the last ten are unknown.
  for (int step = 0; step < 60'000; ++step) {
    const SeriesId most = random() % 2 == 0 ? kKnown + 10 : 20;
    const SeriesId series = 1 + static_cast<SeriesId>(random() % most);
    const auto t = static_cast<TimestampMs>(step / 100 + static_cast<int>(random() % 5) - 2);
    if (random() % 20 == 0) {
      const HistogramSample sample = HistogramAt(t, static_cast<double>(random() % 3));
      stage.Add(series, sample);
      append(series, std::span(&sample, 1));
    } else {
      samples.clear();
      starts.clear();
      const size_t count = random() % 30 == 0 ? random() % 200 : 1;
      for (size_t i = 0; i < count; ++i) {
        samples.push_back({t + static_cast<TimestampMs>(i), static_cast<double>(random() % 3)});
        starts.push_back(random() % 2 == 0 ? kNoStart : t - 10);
      }
      if (random() % 3 != 0) starts.clear();
      const SampleSpan span(samples, starts);
      if (stage.MustApplyBefore(series)) REQUIRE(stage.Apply(&omissions).ok());
      stage.Add(series, span);
      append(series, span);
    }
    if (random() % 9000 == 0) REQUIRE(stage.Apply(&omissions).ok());
  }
  REQUIRE(stage.Apply(&omissions).ok());
  CHECK((ContentsOf(f.generation) == ContentsOf(expected)));
  CHECK(omissions.unknown_series == expected_unknown);
  CHECK(f.generation.time_range() == expected.time_range());
  CHECK(f.generation.stats().series == expected.stats().series);
  CHECK(f.generation.stats().bytes == expected.stats().bytes);
  CHECK(f.generation.stats().late_samples == expected.stats().late_samples);
}

TEST_CASE("Many samples are applied by several threads, in the order of each series") {
  constexpr int kRounds = 100;
  Fixture f;
  ReplayStage stage(f.registry.get(), &f.generation);
  for (int round = 0; round < kRounds; ++round) {
    for (SeriesId id = 1; id <= kKnown; ++id) {
      // The second of two at one time counts.
      const Sample samples[] = {{1000 * round, 1.0 * round}, {1000 * round, 0.5 + round}};
      stage.Add(id, SampleSpan(samples));
    }
  }
  ReplayOmissions omissions;
  REQUIRE(stage.Apply(&omissions).ok());
  CHECK(omissions.unknown_series.empty());
  CHECK(f.generation.SeriesIds().cardinality() == kKnown);
  CHECK(f.generation.time_range() == TimeRange{0, 1000 * (kRounds - 1)});
  for (const SelectedSeries& series : f.generation.Series()) {
    if (series.metric != MetricOf(series.series)) FAIL("series " << series.series);
    std::vector<Sample> samples;
    f.generation.Copy(series.series, {})->Read({}, &samples);
    REQUIRE(samples.size() == kRounds);
    REQUIRE(samples.back().value == 0.5 + kRounds - 1);
  }
}

TEST_CASE("Series that the log introduces go into the registry before their samples are applied") {
  Fixture f;
  ReplayStage stage(f.registry.get(), &f.generation);
  const SeriesId fresh = kKnown + 1;
  const LabelSet labels{{kMetricName, "metric_1"}, {"n", "fresh"}};
  const Sample sample{1000, 1};
  ReplayOmissions omissions;
  stage.Add(fresh, {&sample, 1});
  stage.Add({fresh, MetricOf(7), labels});  // 1, as the name has it
  stage.Add({1, MetricOf(1), LabelSet{{kMetricName, "metric_2"}, {"n", "another"}}});
  stage.Add(1, {&sample, 1});
  stage.Add(fresh + 1, {&sample, 1});
  REQUIRE(stage.Apply(&omissions).ok());
  CHECK(omissions.definitions_refused == 1);  // of a series that the registry knows as another
  CHECK(omissions.unknown_series == std::map<SeriesId, uint64_t>{{fresh + 1, 1}});
  CHECK(f.registry->Labels(fresh).value() == labels);
  const std::vector<SelectedSeries> expected = {{1, fresh}, {MetricOf(1), 1}};
  CHECK(f.generation.Series() == expected);
}

TEST_CASE(
    "A stage asks to be applied when it is full, of floats, of histograms or of definitions") {
  Fixture f;
  ReplayStage stage(f.registry.get(), &f.generation);
  ReplayOmissions omissions;
  const std::vector<Sample> samples(1 << 18);
  for (SeriesId id = 1; id <= 4; ++id) {
    CHECK_FALSE(stage.full());
    stage.Add(id, samples);
  }
  CHECK(stage.full());
  REQUIRE(stage.Apply(&omissions).ok());
  CHECK_FALSE(stage.full());

  HistogramSample large = HistogramAt(1, 2);
  large.histogram.positive_spans = {{0, kMaxHistogramBuckets}};
  large.histogram.positive_counts.assign(kMaxHistogramBuckets, 1);
  int added = 0;
  for (; !stage.full(); ++added) stage.Add(1, large);
  CHECK(added < 200);
  REQUIRE(stage.Apply(&omissions).ok());

  for (added = 0; !stage.full(); ++added) {
    stage.Add({1, MetricOf(1), LabelSet{{kMetricName, std::string(10'000, 'x')}}});
  }
  CHECK(added < 2000);
}

}  // namespace
}  // namespace silverback

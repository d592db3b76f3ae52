// Start timestamps through log, head, seals, merges, deletions, restarts and snapshots.
#include <random>
#include <set>

#include "../histogram/random_histograms.h"

#include "tests/support/database/harness.h"

namespace silverback::testing {
namespace {

/// Series, as printed, to time to start timestamp.
using Starts = std::map<std::string, std::map<TimestampMs, TimestampMs>>;

Starts ReadStarts(const Database& database, TimeRange range = {}) {
  const auto view = database.NewView();
  REQUIRE(view.ok());
  const auto series = (*view)->Select({}, range);
  REQUIRE(series.ok());
  const auto labels = (*view)->LabelsOf(*series);
  REQUIRE(labels.ok());
  auto cursor = (*view)->Read(*series, range, {.starts = true});
  REQUIRE(cursor.ok());
  Starts starts;
  SeriesRuns runs;
  for (size_t i = 0;; ++i) {
    const auto more = (*cursor)->Next(&runs);
    REQUIRE(more.ok());
    if (!*more) break;
    for (const Run& run : runs.runs) {
      for (size_t row = 0; row < run.size(); ++row) {
        starts[(*labels)[i].ToString()][run.times()[row]] = run.starts().At(row);
      }
    }
  }
  for (const ReadLoss& loss : (*cursor)->losses()) FAIL_CHECK(loss.reason);
  return starts;
}

void Append(Database* database, int i, const SampleSpan& samples,
            std::span<const HistogramSample> histograms) {
  const auto appender = database->NewAppender();
  const std::string number = std::to_string(i);  // labels borrow
  const std::string key = "c/" + number;
  if (!appender->AppendKnown(key, samples, histograms)) {
    const std::vector<Label> labels = {{"__name__", "c"}, {"i", number}};
    appender->AppendNew(key, labels, samples, histograms);
  }
  CHECK(MustCommit(appender.get()).rejected.empty());
}

void CheckVerified(Database* database) {
  const auto report = database->Verify({});
  REQUIRE(report.ok());
  for (const Finding& finding : report->findings) FAIL_CHECK(finding.where << ": " << finding.what);
}

TEST_CASE("who does not ask for start timestamps gets none") {
  const TemporaryDirectory directory;
  const auto database = MustOpen(TestOptions(directory.File("data")));
  const Sample sample{kNoon - 1000, 1};
  const TimestampMs start = kNoon - 5000;
  Append(database.get(), 1, SampleSpan({&sample, 1}, {&start, 1}), {});
  for (const bool sealed : {false, true}) {
    CAPTURE(sealed);
    if (sealed) MustBeOk(database->Seal());
    CHECK(ReadStarts(*database)[SeriesName("c", 1)][kNoon - 1000] == start);
    const auto view = database->NewView();
    const auto series = (*view)->Select({}, {});
    auto cursor = (*view)->Read(*series, {});
    SeriesRuns runs;
    REQUIRE(*(*cursor)->Next(&runs));
    CHECK(runs.runs[0].starts().empty());
  }
}

TEST_CASE("start timestamps beyond all reason count as not known") {
  const TemporaryDirectory directory;
  const auto database = MustOpen(TestOptions(directory.File("data")));
  const Sample samples[] = {{kNoon - 3000, 1}, {kNoon - 2000, 2}, {kNoon - 1000, 3}};
  const TimestampMs starts[] = {kMaxTimestampMs, kMinTimestampMs, kMaxStartMs};
  const HistogramSample histogram{kNoon, NativeHistogram::StaleMarker(), kMaxTimestampMs};
  Append(database.get(), 1, SampleSpan(samples, starts), {&histogram, 1});
  const auto expected = std::map<TimestampMs, TimestampMs>{
      {kNoon - 3000, 0}, {kNoon - 2000, 0}, {kNoon - 1000, kMaxStartMs}, {kNoon, 0}};
  CHECK(ReadStarts(*database)[SeriesName("c", 1)] == expected);
}

TEST_CASE("a snapshot has the start timestamps of head and parts") {
  const TemporaryDirectory directory;
  const auto database = MustOpen(TestOptions(directory.File("data")));
  const Sample samples[] = {{kNoon - 2000, 1}, {kNoon - 1000, 2}};
  const TimestampMs starts[] = {kNoon - 2500, kNoon - 1500};
  Append(database.get(), 1, SampleSpan(samples, starts).subspan(0, 1), {});
  MustBeOk(database->Seal());
  Append(database.get(), 1, SampleSpan(samples, starts).subspan(1, 1), {});
  const Starts expected = ReadStarts(*database);
  REQUIRE(expected.at(SeriesName("c", 1)).at(kNoon - 1000) == kNoon - 1500);
  MustBeOk(database->Snapshot(directory.File("copy"), {}));
  CHECK(ReadStarts(*MustOpen(TestOptions(directory.File("copy")))) == expected);
}

/// Random floats and histograms with start timestamps, in order and late, with seals, merges, deletions and restarts. A
/// sample that is sent again with the value that it has may keep its start timestamp or take the new one.
class Mix {
 public:
  Mix(uint64_t seed, const std::string& path) : random_(seed), source_(seed) {
    options_ = TestOptions(path);
    database_ = MustOpen(options_);
  }

  void Run(int steps) {
    for (int step = 0; step < steps; ++step) {
      INFO("step " << step);
      for (int i = 0; i < 4; ++i) AppendTo(i);
      const uint64_t what = random_() % 12;
      if (what < 3) MustBeOk(database_->Seal());
      if (what == 3) MustBeOk(database_->Compact({}));
      if (what == 4) {
        database_.reset();
        database_ = MustOpen(options_);
      }
      if (what == 5) Delete();
      if (what == 6) MustBeOk(database_->CleanTombstones({}));
      Compare({});
      const TimestampMs from = kNoon - static_cast<TimestampMs>(random_() % (3 * kDay));
      Compare({from, from + static_cast<TimestampMs>(random_() % kDay)});
    }
    MustBeOk(database_->Compact({}));
    Compare({});
    CheckVerified(database_.get());
  }

 private:
  struct Expected {
    uint64_t bits = 0;
    std::set<TimestampMs> starts;
  };

  void Put(int i, TimestampMs t, uint64_t bits, TimestampMs start) {
    Expected& expected = contents_[SeriesName("c", i)][t];
    if (expected.bits != bits) expected.starts.clear();
    expected.bits = bits;
    expected.starts.insert(start);
  }

  TimestampMs StartOf(int i, TimestampMs t) {
    if (i == 0) return kNoStart;
    if (i == 1) return t - 15'000;
    if (random_() % 20 == 0) start_ms_ = t - static_cast<TimestampMs>(random_() % 20'000);
    return random_() % 10 == 0 ? kNoStart : start_ms_;
  }

  void AppendTo(int i) {
    std::vector<Sample> samples;
    std::vector<TimestampMs> starts;
    std::vector<HistogramSample> histograms;
    TimestampMs t =
        random_() % 4 == 0 ? kNoon - static_cast<TimestampMs>(random_() % (3 * kDay)) : next_ms_;
    for (uint64_t n = 1 + random_() % 40; n > 0 && t <= kNoon; --n, t += 15000) {
      const TimestampMs start = StartOf(i, t);
      if (i < 2 || (i == 2 && random_() % 2 == 0)) {
        samples.push_back({t, static_cast<double>(1 + random_() % 9)});
        starts.push_back(start);
      } else {
        histograms.push_back({t, source_.Next(), start});
      }
      if (random_() % 10 == 0) t -= 45000;
    }
    for (size_t n = 0; n < samples.size(); ++n) {
      Put(i, samples[n].timestamp_ms, BitsOf(samples[n].value), starts[n]);
    }
    for (const HistogramSample& sample : histograms) {
      Put(i, sample.timestamp_ms, HashHistogram(sample.histogram), sample.start_ms);
    }
    Append(database_.get(), i, SampleSpan(samples, starts), histograms);
    if (i == 3) next_ms_ = std::max(next_ms_, std::min(t, kNoon - 15000));
  }

  void Delete() {
    const uint64_t i = random_() % 4;
    const TimestampMs from = kNoon - static_cast<TimestampMs>(random_() % (3 * kDay));
    const TimeRange range{from, from + static_cast<TimestampMs>(random_() % kDay)};
    const std::vector<std::vector<Matcher>> sets = {{Matcher::Equal("i", std::to_string(i))}};
    MustBeOk(database_->Delete(sets, range));
    std::erase_if(contents_[SeriesName("c", static_cast<int>(i))],
                  [&](const auto& one) { return range.Contains(one.first); });
  }

  void Compare(TimeRange range) {
    const Starts actual = ReadStarts(*database_, range);
    for (const auto& [series, samples] : contents_) {
      INFO("series " << series);
      for (const auto& [t, expected] : samples) {
        if (!range.Contains(t)) continue;
        INFO("time " << t);
        REQUIRE(actual.contains(series));
        REQUIRE(actual.at(series).contains(t));
        REQUIRE(expected.starts.contains(actual.at(series).at(t)));
      }
    }
  }

  std::mt19937_64 random_;
  RandomHistograms source_;
  DatabaseOptions options_;
  std::unique_ptr<Database> database_;
  std::map<std::string, std::map<TimestampMs, Expected>> contents_;
  TimestampMs next_ms_ = kNoon - 2 * kDay;
  TimestampMs start_ms_ = kNoon - 3 * kDay;
};

TEST_CASE("whatever is done to it, a database keeps the start timestamp of each sample") {
  const uint64_t base = std::random_device{}();
  for (uint64_t round = 0; round < 4; ++round) {
    const uint64_t seed = base + round;
    INFO("seed " << seed);
    const TemporaryDirectory directory;
    Mix(seed, directory.File("data")).Run(30);
  }
}

}  // namespace
}  // namespace silverback::testing

// Native histograms through log, head, seals, merges and restarts, alone and mixed with floats.
#include <random>

#include "../histogram/random_histograms.h"

#include "tests/support/database/harness.h"

namespace silverback::testing {
namespace {

AppendResult AddHistograms(Database* database, int i, std::span<const Sample> samples,
                           std::span<const HistogramSample> histograms) {
  const auto appender = database->NewAppender();
  const std::string number = std::to_string(i);  // labels borrow
  const std::string key = "h/" + number;
  if (!appender->AppendKnown(key, samples, histograms)) {
    const std::vector<Label> labels = {{"__name__", "h"}, {"i", number}};
    appender->AppendNew(key, labels, samples, histograms);
  }
  return MustCommit(appender.get());
}

void CheckVerified(Database* database) {
  const auto report = database->Verify({});
  REQUIRE(report.ok());
  for (const Finding& finding : report->findings) FAIL_CHECK(finding.where << ": " << finding.what);
}

TEST_CASE("histograms are read back from head, parts and after a restart") {
  const TemporaryDirectory directory;
  const DatabaseOptions options = TestOptions(directory.File("data"));
  auto database = MustOpen(options);
  RandomHistograms source(1);
  std::vector<HistogramSample> histograms;
  Contents contents;
  for (int i = 0; i < 500; ++i) {
    histograms.push_back({kNoon - kDay + i * 15000, source.Next()});
    contents[SeriesName("h", 1)][histograms.back().timestamp_ms] =
        HashHistogram(histograms.back().histogram);
  }
  const AppendResult result = AddHistograms(database.get(), 1, {}, histograms);
  CHECK(result.samples_stored == 500);
  CHECK(result.histograms_stored == 500);
  CHECK(result.rejected.empty());
  CheckSame(ReadAll(*database), contents);
  const TimeRange range{kNoon - kDay + 60000, kNoon - kDay + 3'000'000};
  CheckSame(ReadAll(*database, range), Clip(contents, range));
  database.reset();
  database = MustOpen(options);
  CheckSame(ReadAll(*database), contents);
  // A retry, before and after the seal.
  CHECK(AddHistograms(database.get(), 1, {}, histograms).histograms_duplicate == 500);
  MustBeOk(database->Seal());
  CheckSame(ReadAll(*database), contents);
  CheckSame(ReadAll(*database, range), Clip(contents, range));
  const AppendResult again = AddHistograms(database.get(), 1, {}, std::span(histograms).last(1));
  CHECK(again.histograms_duplicate == 1);
  database.reset();
  database = MustOpen(options);
  CheckSame(ReadAll(*database), contents);
  CheckVerified(database.get());
}

TEST_CASE("invalid histograms are refused each, and counted") {
  const TemporaryDirectory directory;
  const auto database = MustOpen(TestOptions(directory.File("data")));
  NativeHistogram sound;
  sound.positive_spans = {{0, 1}};
  sound.positive_counts = {2};
  sound.count = 2;
  NativeHistogram broken = sound;
  broken.count = 1;
  const std::vector<HistogramSample> histograms = {
      {kNoon - 2000, broken}, {kNoon - 1000, sound}, {kNoon, broken}, {kNoon + kDay, sound}};
  const AppendResult result = AddHistograms(database.get(), 1, {}, histograms);
  CHECK(result.histograms_stored == 1);
  REQUIRE(result.rejected.size() == 2);
  CHECK(result.rejected[0].reason == RejectReason::kTooFarAhead);
  CHECK(result.rejected[1].reason == RejectReason::kInvalidHistogram);
  CHECK(result.rejected[1].samples == 2);
  CHECK(result.rejected[1].histograms == 2);
  CHECK(result.rejected[1].series == 1);
  CHECK(result.rejected[1].example.find(
            "2 observations found in buckets, but the Count field is 1") != std::string::npos);
}

TEST_CASE("of a float and a histogram at one time the one written last counts") {
  const TemporaryDirectory directory;
  const DatabaseOptions options = TestOptions(directory.File("data"));
  auto database = MustOpen(options);
  RandomHistograms source(2);
  const TimestampMs t = kNoon - 1000;
  const std::string name = SeriesName("h", 1);
  Contents contents;
  for (int round = 0; round < 24; ++round) {
    INFO("round " << round);
    if (round % 2 == 0) {
      const Sample sample{t, 1.0 * round};
      const AppendResult result = AddHistograms(database.get(), 1, {&sample, 1}, {});
      CHECK(result.samples_overwritten == (round == 0 ? 0 : 1));
      contents[name][t] = BitsOf(sample.value);
    } else {
      const HistogramSample sample{t, source.Next()};
      const AppendResult result = AddHistograms(database.get(), 1, {}, {&sample, 1});
      CHECK(result.samples_overwritten == 1);
      contents[name][t] = HashHistogram(sample.histogram);
    }
    CheckSame(ReadAll(*database), contents);
    if (round % 5 == 4) MustBeOk(database->Seal());
    if (round % 7 == 6) {
      database.reset();
      database = MustOpen(options);
    }
    if (round % 11 == 10) MustBeOk(database->Compact({}));
    CheckSame(ReadAll(*database), contents);
  }
  CheckVerified(database.get());
}

/// Random floats and histograms at random times, in order and late, with seals, merges and restarts.
class Mix {
 public:
  Mix(uint64_t seed, const std::string& path) : random_(seed), source_(seed) {
    options_ = TestOptions(path);
    database_ = MustOpen(options_);
  }

  void Run(int steps) {
    for (int step = 0; step < steps; ++step) {
      INFO("step " << step);
      Append();
      const uint64_t what = random_() % 12;
      if (what < 3) MustBeOk(database_->Seal());
      if (what == 3) MustBeOk(database_->Compact({}));
      if (what == 4) {
        database_.reset();
        database_ = MustOpen(options_);
      }
      if (what == 5) Delete();
      if (what == 6) MustBeOk(database_->CleanTombstones({}));
      CheckSame(ReadAll(*database_), contents_);
      const TimestampMs from = kNoon - static_cast<TimestampMs>(random_() % (3 * kDay));
      const TimeRange range{from, from + static_cast<TimestampMs>(random_() % kDay)};
      CheckSame(ReadAll(*database_, range), Clip(contents_, range));
    }
    MustBeOk(database_->Compact({}));
    CheckSame(ReadAll(*database_), contents_);
    CheckVerified(database_.get());
  }

 private:
  void Delete() {
    const uint64_t i = random_() % 3;
    const TimestampMs from = kNoon - static_cast<TimestampMs>(random_() % (3 * kDay));
    const TimeRange range{from, from + static_cast<TimestampMs>(random_() % kDay)};
    const std::vector<std::vector<Matcher>> sets = {{Matcher::Equal("i", std::to_string(i))}};
    MustBeOk(database_->Delete(sets, range));
    const auto series = contents_.find(SeriesName("h", static_cast<int>(i)));
    if (series == contents_.end()) return;
    std::erase_if(series->second, [&](const auto& one) { return range.Contains(one.first); });
    if (series->second.empty()) contents_.erase(series);
  }

  void Append() {
    for (int i = 0; i < 3; ++i) {
      std::vector<Sample> samples;
      std::vector<HistogramSample> histograms;
      TimestampMs t =
          random_() % 4 == 0 ? kNoon - static_cast<TimestampMs>(random_() % (3 * kDay)) : next_ms_;
      auto& series = contents_[SeriesName("h", i)];
      for (uint64_t n = 1 + random_() % 40; n > 0; --n, t += 15000) {
        if (t > kNoon) break;
        // Series 0 holds floats alone, series 1 histograms alone, series 2 both.
        if (i == 0 || (i == 2 && random_() % 3 == 0)) {
          samples.push_back({t, static_cast<double>(random_() % 9)});
        } else {
          histograms.push_back({t, source_.Next()});
        }
        if (random_() % 10 == 0) t -= 45000;
      }
      // What the record holds last counts: histograms follow floats.
      for (const Sample& sample : samples) series[sample.timestamp_ms] = BitsOf(sample.value);
      for (const HistogramSample& sample : histograms) {
        series[sample.timestamp_ms] = HashHistogram(sample.histogram);
      }
      if (series.empty()) contents_.erase(SeriesName("h", i));
      AddHistograms(database_.get(), i, samples, histograms);
      if (i == 2) next_ms_ = std::max(next_ms_, std::min(t, kNoon - 15000));
    }
  }

  std::mt19937_64 random_;
  RandomHistograms source_;
  DatabaseOptions options_;
  std::unique_ptr<Database> database_;
  Contents contents_;
  TimestampMs next_ms_ = kNoon - 2 * kDay;
};

TEST_CASE(
    "whatever is done to it, a database of floats and histograms holds what was written last") {
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

#include "tests/support/fakes/fake_database.h"

#include <algorithm>
#include <optional>
#include <set>

namespace silverback::testing {
namespace {

bool MatchesAll(const LabelSet& labels, std::span<const Matcher> matchers) {
  return std::all_of(matchers.begin(), matchers.end(), [&labels](const Matcher& matcher) {
    return matcher.Matches(labels.Get(matcher.name()));
  });
}

class FakeView : public ReadView {
 public:
  explicit FakeView(std::vector<FakeDatabase::Series> series) : series_(std::move(series)) {}

  StatusOr<std::vector<SeriesHandle>> Select(std::span<const Matcher> matchers, TimeRange range,
                                             const std::atomic<bool>*) const override {
    std::vector<SeriesHandle> handles;
    for (size_t i = 0; i < series_.size(); ++i) {
      if (!MatchesAll(series_[i].labels, matchers) || !Active(series_[i], range)) continue;
      SeriesHandle handle;
      handle.series = static_cast<SeriesId>(i);
      handles.push_back(handle);
    }
    return handles;
  }

  StatusOr<std::vector<LabelSet>> LabelsOf(std::span<const SeriesHandle> handles) const override {
    std::vector<LabelSet> labels;
    for (const SeriesHandle& handle : handles) labels.push_back(series_[handle.series].labels);
    return labels;
  }

  StatusOr<std::unique_ptr<SeriesCursor>> Read(std::span<const SeriesHandle>, TimeRange,
                                               const ReadOptions&) const override {
    return Error(absl::StatusCode::kUnimplemented, "the fake reads no samples");
  }

  StatusOr<std::vector<std::string>> LabelNames(std::span<const Matcher> matchers, TimeRange range,
                                                size_t limit,
                                                const std::atomic<bool>*) const override {
    std::set<std::string> names;
    for (const FakeDatabase::Series& series : series_) {
      if (!MatchesAll(series.labels, matchers) || !Active(series, range)) continue;
      for (const Label& label : series.labels) names.emplace(label.name);
    }
    return Cut(names, limit);
  }

  StatusOr<std::vector<std::string>> LabelValues(std::string_view name,
                                                 std::span<const Matcher> matchers, TimeRange range,
                                                 size_t limit,
                                                 const std::atomic<bool>*) const override {
    std::set<std::string> values;
    for (const FakeDatabase::Series& series : series_) {
      if (!MatchesAll(series.labels, matchers) || !Active(series, range)) continue;
      if (series.labels.Has(name)) values.emplace(series.labels.Get(name));
    }
    return Cut(values, limit);
  }

  TimeRange Bounds() const override { return {0, 0}; }

 private:
  static bool Active(const FakeDatabase::Series& series, TimeRange range) {
    const auto first = series.samples.lower_bound(range.min_ms);
    return first != series.samples.end() && first->first <= range.max_ms;
  }
  static std::vector<std::string> Cut(const std::set<std::string>& all, size_t limit) {
    std::vector<std::string> cut(all.begin(), all.end());
    if (limit > 0 && cut.size() > limit) cut.resize(limit);
    return cut;
  }

  std::vector<FakeDatabase::Series> series_;
};

}  // namespace

class FakeAppender : public Appender {
 public:
  explicit FakeAppender(FakeDatabase* database) : database_(database) {}

  bool AppendKnown(std::string_view wire_key, const SampleSpan& samples,
                   std::span<const HistogramSample> histograms) override {
    const std::lock_guard lock(database_->mutex_);
    const auto known = database_->known_keys_.find(std::string(wire_key));
    if (known == database_->known_keys_.end()) return false;
    Keep(known->second, samples.samples, &kept_);
    KeepValid(known->second, histograms);
    return true;
  }

  void AppendNew(std::string_view wire_key, std::span<const Label> labels,
                 const SampleSpan& samples, std::span<const HistogramSample> histograms) override {
    const std::lock_guard lock(database_->mutex_);
    const Status valid = ValidateLabels(labels, database_->options_.label_limits);
    if (!valid.ok()) {
      Reject(RejectReason::kInvalidLabels, samples.size() + histograms.size(),
             std::string(MessageOf(valid)), histograms.size());
      return;
    }
    const auto made = LabelSet::FromLabels({labels.begin(), labels.end()});
    if (!made.ok()) {
      Reject(RejectReason::kInvalidLabels, samples.size() + histograms.size(),
             std::string(MessageOf(made.status())), histograms.size());
      return;
    }
    const LabelSet& set = *made;
    if (database_->series_.size() >= database_->max_series_) {
      Reject(RejectReason::kSeriesLimit, samples.size() + histograms.size(), set.ToString(),
             histograms.size());
      return;
    }
    database_->known_keys_[std::string(wire_key)] = database_->series_.size();
    database_->series_.push_back({set, {}, {}});
    const size_t series = database_->series_.size() - 1;
    Keep(series, samples.samples, &kept_);
    KeepValid(series, histograms);
  }

  StatusOr<AppendResult> Commit() override {
    const std::lock_guard lock(database_->mutex_);
    if (!database_->failure_.ok()) return database_->failure_;
    for (const auto& [series, sample] : kept_) {
      database_->series_[series].samples[sample.timestamp_ms] = sample.value;
      database_->series_[series].histograms.erase(sample.timestamp_ms);
    }
    for (const auto& [series, sample] : kept_histograms_) {
      database_->series_[series].histograms[sample.timestamp_ms] = sample.histogram;
      database_->series_[series].samples.erase(sample.timestamp_ms);
    }
    ++database_->commits_;
    result_.samples_stored = kept_.size() + kept_histograms_.size();
    result_.histograms_stored = kept_histograms_.size();
    return result_;
  }

 private:
  template <typename Any>
  void Keep(size_t series, std::span<const Any> samples,
            std::vector<std::pair<size_t, Any>>* kept) {
    constexpr size_t kHistograms = std::is_same_v<Any, HistogramSample> ? 1 : 0;
    for (const Any& sample : samples) {
      const TimeRange& limits = database_->time_limits_;
      const std::string example = database_->series_[series].labels.ToString();
      if (sample.timestamp_ms > limits.max_ms) {
        Reject(RejectReason::kTooFarAhead, 1, example, kHistograms);
      } else if (sample.timestamp_ms < limits.min_ms) {
        Reject(RejectReason::kTooOld, 1, example, kHistograms);
      } else {
        kept->emplace_back(series, sample);
      }
    }
  }

  void KeepValid(size_t series, std::span<const HistogramSample> histograms) {
    for (const HistogramSample& sample : histograms) {
      if (const Status valid = sample.histogram.Validate(); !valid.ok()) {
        Reject(
            RejectReason::kInvalidHistogram, 1,
            fmt::format("{}: {}", database_->series_[series].labels.ToString(), MessageOf(valid)),
            1);
        continue;
      }
      Keep(series, std::span(&sample, 1), &kept_histograms_);
    }
  }

  void Reject(RejectReason reason, size_t samples, std::string example, size_t histograms) {
    for (AppendResult::Rejected& rejected : result_.rejected) {
      if (rejected.reason != reason) continue;
      rejected.samples += samples;
      rejected.histograms += histograms;
      ++rejected.series;
      return;
    }
    result_.rejected.push_back({reason, samples, histograms, 1, std::move(example)});
  }

  FakeDatabase* database_;
  std::vector<std::pair<size_t, Sample>> kept_;
  std::vector<std::pair<size_t, HistogramSample>> kept_histograms_;
  AppendResult result_;
};

void FakeDatabase::Add(const LabelSet& labels, const std::vector<Sample>& samples) {
  const std::lock_guard lock(mutex_);
  Series series{labels, {}, {}};
  for (const Sample& sample : samples) series.samples[sample.timestamp_ms] = sample.value;
  series_.push_back(std::move(series));
}

void FakeDatabase::FailWith(Status status) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(status);
}

void FakeDatabase::SetMaxSeries(size_t count) {
  const std::lock_guard lock(mutex_);
  max_series_ = count;
}

void FakeDatabase::SetTimeLimits(TimeRange range) {
  const std::lock_guard lock(mutex_);
  time_limits_ = range;
}

std::vector<FakeDatabase::Series> FakeDatabase::AllSeries() const {
  const std::lock_guard lock(mutex_);
  return series_;
}

uint64_t FakeDatabase::commits() const {
  const std::lock_guard lock(mutex_);
  return commits_;
}

std::vector<std::pair<std::string, Exemplar>> FakeDatabase::exemplars() const {
  const std::lock_guard lock(mutex_);
  return exemplars_;
}

std::vector<std::pair<TimeRange, size_t>> FakeDatabase::deletions() const {
  const std::lock_guard lock(mutex_);
  return deletions_;
}

Status FakeDatabase::Delete(std::span<const std::vector<Matcher>> matcher_sets, TimeRange range) {
  const std::lock_guard lock(mutex_);
  if (!failure_.ok()) return failure_;
  deletions_.emplace_back(range, matcher_sets.size());
  return absl::OkStatus();
}

std::unique_ptr<Appender> FakeDatabase::NewAppender() {
  return std::make_unique<FakeAppender>(this);
}

Status FakeDatabase::PutMetadata(std::span<const MetricMetadata> metadata) {
  const std::lock_guard lock(mutex_);
  if (!failure_.ok()) return failure_;
  for (const MetricMetadata& entry : metadata) metadata_[entry.family] = entry;
  return absl::OkStatus();
}

StatusOr<std::vector<MetricMetadata>> FakeDatabase::Metadata() const {
  const std::lock_guard lock(mutex_);
  std::vector<MetricMetadata> all;
  for (const auto& [family, metadata] : metadata_) all.push_back(metadata);
  return all;
}

Status FakeDatabase::PutExemplars(std::string_view wire_key, std::span<const Exemplar> exemplars) {
  const std::lock_guard lock(mutex_);
  if (!failure_.ok()) return failure_;
  const auto known = known_keys_.find(std::string(wire_key));
  if (known == known_keys_.end()) return absl::NotFoundError("unknown series");
  for (const Exemplar& exemplar : exemplars) {
    exemplars_.emplace_back(series_[known->second].labels.ToString(), exemplar);
  }
  return absl::OkStatus();
}

StatusOr<std::shared_ptr<const ReadView>> FakeDatabase::NewView() const {
  return std::make_shared<FakeView>(AllSeries());
}

Status FakeDatabase::Seal() {
  return absl::OkStatus();
}

Status FakeDatabase::Compact(const ProgressFunction& progress) {
  progress("merge", 1, 2);
  progress("merge", 2, 2);
  const std::lock_guard lock(mutex_);
  return failure_;
}

Status FakeDatabase::ApplyRetention() {
  return absl::OkStatus();
}

StatusOr<VerifyReport> FakeDatabase::Verify(const ProgressFunction& progress) {
  progress("blocks", 3, 3);
  VerifyReport report;
  report.blocks = 3;
  report.findings.push_back({"part 1", "checksum", SeriesId{7}, {10, 20}});
  return report;
}

Status FakeDatabase::Snapshot(const std::string&, const ProgressFunction& progress) {
  progress("copy", 1, 1);
  return absl::OkStatus();
}

DatabaseStats FakeDatabase::Stats() const {
  DatabaseStats stats;
  stats.series_total = stats.series_in_head = AllSeries().size();
  stats.head_range = {0, 100000};
  stats.samples_appended = 42;
  return stats;
}

}  // namespace silverback::testing

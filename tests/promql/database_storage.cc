#include "database_storage.h"

#include <algorithm>
#include <random>

namespace silverback::promqltest {
namespace {

constexpr int64_t kYearMs = int64_t{365} * 24 * 3600 * 1000;

/// Scripts write at the beginning of the epoch.
DatabaseOptions Options(const std::string& path) {
  DatabaseOptions options;
  options.path = path;
  options.retention_ms = 100 * kYearMs;
  options.wal_sync = WalSync::kOff;
  options.wal_segment_bytes = uint64_t{1} << 20;
  options.block_cache_bytes = uint64_t{8} << 20;
  options.background = false;
  options.clock = [] { return 10 * kYearMs; };
  return options;
}

template <typename Any>
std::vector<Any> Clip(const std::vector<Any>& samples, TimeRange range) {
  std::vector<Any> inside;
  for (const Any& sample : samples) {
    if (range.Contains(sample.timestamp_ms)) inside.push_back(sample);
  }
  return inside;
}

/// The samples of a series in a range; they are in order of time.
SampleSpan Floats(const LoadedSeries& series, TimeRange range) {
  const auto first = std::partition_point(
      series.samples.begin(), series.samples.end(),
      [&](const Sample& sample) { return sample.timestamp_ms < range.min_ms; });
  const auto last = std::partition_point(first, series.samples.end(), [&](const Sample& sample) {
    return sample.timestamp_ms <= range.max_ms;
  });
  return SampleSpan(series.samples, series.starts)
      .subspan(static_cast<size_t>(first - series.samples.begin()),
               static_cast<size_t>(last - first));
}

void AppendSeries(Appender* appender, const LabelSet& labels, const SampleSpan& samples,
                  std::span<const HistogramSample> histograms) {
  if (appender->AppendKnown(labels.encoded(), samples, histograms)) return;
  std::vector<Label> list;
  for (const Label& label : labels) list.push_back(label);
  appender->AppendNew(labels.encoded(), list, samples, histograms);
}

/// The newest time of what is loaded.
TimestampMs NewestOf(std::span<const LoadedSeries> series) {
  TimestampMs newest = 0;
  for (const LoadedSeries& one : series) {
    if (!one.samples.empty()) newest = std::max(newest, one.samples.back().timestamp_ms);
    if (!one.histograms.empty()) newest = std::max(newest, one.histograms.back().timestamp_ms);
  }
  return newest;
}

}  // namespace

StatusOr<std::unique_ptr<TestStorage>> DatabaseStorage::Open(Arrangement arrangement,
                                                             const EngineOptions& options) {
  std::unique_ptr<DatabaseStorage> storage(new DatabaseStorage(arrangement, options));
  RETURN_IF_ERROR(storage->Reopen());
  return storage;
}

DatabaseStorage::~DatabaseStorage() {
  engine_.reset();
  database_.reset();
}

Status DatabaseStorage::Reopen() {
  engine_.reset();
  database_.reset();
  ASSIGN_OR_RETURN(database_, Database::Open(Options(directory_.File("data"))));
  engine_ = Engine::Create(database_.get(), options_);
  return absl::OkStatus();
}

Status DatabaseStorage::Load(std::span<const LoadedSeries> series) {
  if (series.empty()) return absl::OkStatus();
  const TimestampMs newest = NewestOf(series);
  switch (arrangement_) {
    case Arrangement::kHead:
    case Arrangement::kSealed:
    case Arrangement::kAfterRestart:
      return Append(series, {});
    case Arrangement::kHalfAndHalf:
      RETURN_IF_ERROR(Append(series, {kMinTimestampMs, newest / 2}));
      RETURN_IF_ERROR(database_->Seal());
      return Append(series, {newest / 2 + 1, kMaxTimestampMs});
    case Arrangement::kMerged:
      RETURN_IF_ERROR(Append(series, {kMinTimestampMs, newest / 3}));
      RETURN_IF_ERROR(database_->Seal());
      RETURN_IF_ERROR(Append(series, {newest / 3 + 1, 2 * newest / 3}));
      RETURN_IF_ERROR(database_->Seal());
      return Append(series, {2 * newest / 3 + 1, kMaxTimestampMs});
    case Arrangement::kLate:
      RETURN_IF_ERROR(Append(series, {newest / 2, kMaxTimestampMs}));
      RETURN_IF_ERROR(database_->Seal());
      return AppendShuffled(series, {kMinTimestampMs, newest / 2 - 1});
  }
  return absl::OkStatus();
}

Status DatabaseStorage::Delete(const std::vector<Matcher>& matchers, TimeRange range) {
  return database_->Delete({&matchers, 1}, range);
}

Status DatabaseStorage::GetReady() {
  switch (arrangement_) {
    case Arrangement::kSealed:
      return database_->Seal();
    case Arrangement::kMerged:
      return database_->Compact([](std::string_view, uint64_t, uint64_t) {});
    case Arrangement::kAfterRestart:
      return Reopen();
    default:
      return absl::OkStatus();
  }
}

StatusOr<QueryResult> DatabaseStorage::Run(const QueryRequest& request) {
  return engine_->Execute(request);
}

Status DatabaseStorage::Append(std::span<const LoadedSeries> series, TimeRange range) {
  const auto appender = database_->NewAppender();
  size_t count = 0;
  for (const LoadedSeries& one : series) {
    const SampleSpan samples = Floats(one, range);
    const std::vector<HistogramSample> histograms = Clip(one.histograms, range);
    if (samples.empty() && histograms.empty()) continue;
    AppendSeries(appender.get(), one.labels, samples, histograms);
    count += samples.size() + histograms.size();
  }
  return Commit(appender.get(), count);
}

Status DatabaseStorage::AppendShuffled(std::span<const LoadedSeries> series, TimeRange range) {
  struct OneSample {
    const LabelSet* labels;
    SampleSpan sample;  // one of either
    std::vector<HistogramSample> histogram;
  };
  std::vector<OneSample> all;
  for (const LoadedSeries& one : series) {
    const SampleSpan floats = Floats(one, range);
    for (size_t i = 0; i < floats.size(); ++i) {
      all.push_back({&one.labels, floats.subspan(i, 1), {}});
    }
    for (const HistogramSample& histogram : Clip(one.histograms, range)) {
      all.push_back({&one.labels, {}, {histogram}});
    }
  }
  std::mt19937 random(1);
  std::shuffle(all.begin(), all.end(), random);
  constexpr size_t kRequests = 4;
  for (size_t request = 0; request < kRequests; ++request) {
    const auto appender = database_->NewAppender();
    size_t count = 0;
    for (size_t i = request; i < all.size(); i += kRequests, ++count) {
      AppendSeries(appender.get(), *all[i].labels, all[i].sample, all[i].histogram);
    }
    RETURN_IF_ERROR(Commit(appender.get(), count));
  }
  return absl::OkStatus();
}

Status DatabaseStorage::Commit(Appender* appender, size_t samples) {
  if (samples == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const AppendResult result, appender->Commit());
  if (!result.rejected.empty()) {
    return InvalidArgument("samples were refused: {}", result.rejected.front().example);
  }
  return absl::OkStatus();
}

}  // namespace silverback::promqltest

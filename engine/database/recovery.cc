#include "engine/database/recovery.h"

#include <algorithm>
#include <array>
#include <optional>
#include <spdlog/spdlog.h>
#include <vector>

#include "engine/labels/label_set.h"
#include "engine/log/record.h"

namespace silverback {
namespace {

/// Applies records to registry and head. Looking a series up in the registry costs some microseconds when done alone, which
/// is most of a restart with many series: so definitions go in by the record, and samples of series that the head does not
/// have yet wait for the record's end, where their metrics are read together.
class Replayer : public WriteRecordVisitor {
 public:
  Replayer(Registry* registry, Generation* generation, RecoveryReport* report)
      : registry_(registry), generation_(generation), report_(report) {}

  void OnDefinition(const SeriesDefinition& definition) override {
    auto labels = LabelSet::FromEncoded(definition.label_set);
    if (labels.ok()) {
      definitions_.push_back({definition.id, definition.metric, *std::move(labels)});
    } else {
      Refuse(definition.id, labels.status());
    }
  }

  void OnSamples(SeriesId id, const SampleSpan& samples) override {
    report_->samples += samples.size();
    batch_.Add(id, samples);
    if (batch_.entries.size() == Generation::kPrefetchMax) ApplyBatch();
  }

  void OnHistogram(SeriesId id, const HistogramSample& sample) override {
    ++report_->samples;
    ApplyBatch();  // a record's later sample of a series wins over an earlier one at the same time
    if (generation_->AppendIfPresent(id, std::span(&sample, 1), &counts_)) return;
    histograms_.entries.push_back({id, histograms_.samples.size(), 1});
    histograms_.samples.push_back(sample);
  }

  /// To be called behind every record, damaged or not. An error is one of the store.
  Status EndRecord() {
    ApplyBatch();
    RETURN_IF_ERROR(Introduce());
    const Status floats = ApplyWaiting(floats_.span(), &floats_);
    floats_.Clear();
    RETURN_IF_ERROR(floats);
    return ApplyWaiting(std::span<const HistogramSample>(histograms_.samples), &histograms_);
  }

 private:
  /// Samples that wait for their series' metric.
  template <typename AnySample>
  struct Waiting {
    struct Entry {
      SeriesId id;
      size_t begin;
      size_t count;
    };
    std::vector<Entry> entries;
    std::vector<AnySample> samples;
  };

  struct WaitingFloats : Waiting<Sample> {
    std::vector<TimestampMs> starts;  // none, or as many as samples

    void Add(SeriesId id, const SampleSpan& added) {
      entries.push_back({id, samples.size(), added.size()});
      samples.insert(samples.end(), added.begin(), added.end());
      if (added.starts.empty() && starts.empty()) return;
      starts.resize(samples.size() - added.size(), kNoStart);
      starts.insert(starts.end(), added.starts.begin(), added.starts.end());
      starts.resize(samples.size(), kNoStart);
    }
    SampleSpan span() const { return SampleSpan(samples, starts); }
    void Clear() {
      entries.clear();
      samples.clear();
      starts.clear();
    }
  };

  /// Series lie all over the memory: those of a batch are fetched together, and not waited for one by one.
  void ApplyBatch() {
    std::array<SeriesId, Generation::kPrefetchMax> ids;
    size_t count = 0;
    for (const auto& entry : batch_.entries) ids[count++] = entry.id;
    generation_->Prefetch(std::span(ids).first(count));
    for (const auto& entry : batch_.entries) {
      const SampleSpan samples = batch_.span().subspan(entry.begin, entry.count);
      if (!generation_->AppendIfPresent(entry.id, samples, &counts_)) {
        floats_.Add(entry.id, samples);
      }
    }
    batch_.Clear();
  }

  /// Puts the record's definitions into the registry: together, or one by one if one of them contradicts it.
  Status Introduce() {
    if (definitions_.empty()) return absl::OkStatus();
    const Status together = registry_->Insert(definitions_);
    if (!together.ok()) {
      for (const SeriesEntry& definition : definitions_) {
        const Status alone = registry_->Insert(std::span(&definition, 1));
        if (alone.ok()) continue;
        // FailedPrecondition: the store is open for reading alone. The series' samples count as unknown.
        if (!absl::IsDataLoss(alone) && !absl::IsFailedPrecondition(alone)) return alone;
        Refuse(definition.series, alone);
      }
    }
    definitions_.clear();
    return absl::OkStatus();
  }

  void Refuse(SeriesId id, const Status& why) {
    ++report_->definitions_refused;
    spdlog::warn("log replay: series {} cannot be introduced: {}", id, MessageOf(why));
  }

  /// `samples` are those that wait.
  template <typename Samples, typename AnySample>
  Status ApplyWaiting(const Samples& samples, Waiting<AnySample>* waiting) {
    if (waiting->entries.empty()) return absl::OkStatus();
    std::vector<SeriesId> ids;
    for (const auto& entry : waiting->entries) ids.push_back(entry.id);
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    std::vector<std::optional<MetricId>> metrics(ids.size());
    RETURN_IF_ERROR(registry_->FindMetrics(ids, metrics));
    for (const auto& [id, begin, count] : waiting->entries) {
      const auto at = std::lower_bound(ids.begin(), ids.end(), id) - ids.begin();
      const auto& metric = metrics[static_cast<size_t>(at)];
      if (metric.has_value()) {
        generation_->Append(id, *metric, samples.subspan(begin, count), &counts_);
      } else {
        report_->samples -= count;
        report_->unknown_series[id] += count;
      }
    }
    waiting->entries.clear();
    waiting->samples.clear();
    return absl::OkStatus();
  }

  Registry* const registry_;
  Generation* const generation_;
  RecoveryReport* const report_;
  AppendCounts counts_;
  std::vector<SeriesEntry> definitions_;
  WaitingFloats batch_;
  WaitingFloats floats_;
  Waiting<HistogramSample> histograms_;
};

void Describe(const RecoveryReport& report) {
  for (const LogLoss& loss : report.log.losses) spdlog::warn("log replay: {}", loss.ToString());
  if (report.log.losses_total > report.log.losses.size()) {
    spdlog::warn("log replay: {} more losses", report.log.losses_total - report.log.losses.size());
  }
  uint64_t unknown_samples = 0;
  for (const auto& [series, samples] : report.unknown_series) unknown_samples += samples;
  if (unknown_samples > 0) {
    spdlog::warn(
        "log replay: {} samples of {} series left out: the records that introduced the series are "
        "lost (first: series {})",
        unknown_samples, report.unknown_series.size(), report.unknown_series.begin()->first);
  }
}

}  // namespace

StatusOr<RecoveryReport> ReplayLog(Log* log, Sequence sealed_through, Registry* registry,
                                   Generation* generation) {
  RecoveryReport report;
  Replayer replayer(registry, generation, &report);
  ASSIGN_OR_RETURN(report.log,
                   log->Replay(sealed_through, [&](Sequence sequence, std::string_view payload) {
                     const Status status = DecodeWriteRecord(payload, &replayer);
                     if (!status.ok()) {
                       ++report.records_refused;
                       spdlog::warn("log replay: record {}: {}", sequence, MessageOf(status));
                     }
                     return replayer.EndRecord();
                   }));
  Describe(report);
  return report;
}

}  // namespace silverback

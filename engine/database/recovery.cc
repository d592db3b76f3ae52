#include "engine/database/recovery.h"

#include <spdlog/spdlog.h>

#include "engine/labels/label_set.h"
#include "engine/log/record.h"

namespace silverback {
namespace {

class Replayer : public WriteRecordVisitor {
 public:
  Replayer(Registry* registry, Generation* generation, RecoveryReport* report)
      : registry_(registry), generation_(generation), report_(report) {}

  void OnDefinition(const SeriesDefinition& definition) override {
    const auto labels = LabelSet::FromEncoded(definition.label_set);
    const Status status = labels.ok() ? registry_->Insert(definition.id, definition.metric, *labels)
                                      : labels.status();
    if (status.ok()) return;
    // FailedPrecondition: the store is open for reading alone. The series' samples count as unknown.
    if (status.code() != absl::StatusCode::kDataLoss &&
        status.code() != absl::StatusCode::kFailedPrecondition) {
      failure_ = status;
      return;
    }
    ++report_->definitions_refused;
    spdlog::warn("log replay: series {} cannot be introduced: {}", definition.id,
                 MessageOf(status));
  }

  void OnSamples(SeriesId id, std::span<const Sample> samples) override { Apply(id, samples); }

  void OnHistogram(SeriesId id, const HistogramSample& sample) override {
    Apply(id, std::span(&sample, 1));
  }

  /// An error of the store, which the visitor cannot return.
  const Status& failure() const { return failure_; }

 private:
  template <typename AnySample>
  void Apply(SeriesId id, std::span<const AnySample> samples) {
    report_->samples += samples.size();
    if (generation_->AppendIfPresent(id, samples, &counts_)) return;
    const auto metric = registry_->Metric(id);
    if (metric.ok()) {
      generation_->Append(id, *metric, samples, &counts_);
    } else if (metric.status().code() == absl::StatusCode::kNotFound) {
      report_->samples -= samples.size();
      report_->unknown_series[id] += samples.size();
    } else {
      failure_ = metric.status();
    }
  }

  Registry* const registry_;
  Generation* const generation_;
  RecoveryReport* const report_;
  AppendCounts counts_;
  Status failure_;
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
                     return replayer.failure();
                   }));
  Describe(report);
  return report;
}

}  // namespace silverback

#include "engine/database/recovery.h"

#include <array>
#include <future>
#include <spdlog/spdlog.h>
#include <utility>

#include "engine/database/replay_stage.h"
#include "engine/labels/label_set.h"
#include "engine/log/record.h"

namespace silverback {
namespace {

/// Decodes records into one stage while another thread applies the one before.
class Replayer : public WriteRecordVisitor {
 public:
  Replayer(Registry* registry, Generation* generation)
      : stages_{{ReplayStage(registry, generation), ReplayStage(registry, generation)}} {}

  void OnDefinition(const SeriesDefinition& definition) override {
    auto labels = LabelSet::FromEncoded(definition.label_set);
    if (labels.ok()) {
      filling_->Add({definition.id, definition.metric, *std::move(labels)});
    } else {
      ++labels_refused_;
      spdlog::warn("log replay: series {} cannot be introduced: {}", definition.id,
                   MessageOf(labels.status()));
    }
  }

  void OnSamples(SeriesId id, const SampleSpan& samples) override {
    if (!status_.ok()) return;
    if (filling_->MustApplyBefore(id)) HandOver();
    samples_ += samples.size();
    filling_->Add(id, samples);
    if (filling_->full()) HandOver();
  }

  void OnHistogram(SeriesId id, const HistogramSample& sample) override {
    if (!status_.ok()) return;
    ++samples_;
    filling_->Add(id, sample);
    if (filling_->full()) HandOver();
  }

  /// To be called behind every record, damaged or not. An error is one of the store.
  Status EndRecord() {
    if (filling_->full()) HandOver();  // of definitions
    return status_;
  }

  /// To be called behind the last record.
  Status Finish(RecoveryReport* report) {
    HandOver();
    Wait();
    RETURN_IF_ERROR(status_);
    report->omissions = std::move(omissions_);
    report->omissions.definitions_refused += labels_refused_;
    report->samples = samples_;
    for (const auto& [series, samples] : report->omissions.unknown_series) {
      report->samples -= samples;
    }
    return absl::OkStatus();
  }

 private:
  /// Lets the stage be applied when the one before is, and goes on with that. After an error nothing more is applied, and the
  /// rest of the record passed over: the replay has failed.
  void HandOver() {
    Wait();
    if (!status_.ok()) return;
    applying_ = std::async(std::launch::async,
                           [this, stage = filling_] { return stage->Apply(&omissions_); });
    filling_ = filling_ == &stages_[0] ? &stages_[1] : &stages_[0];
  }

  void Wait() {
    if (applying_.valid()) status_.Update(applying_.get());
  }

  std::array<ReplayStage, 2> stages_;
  ReplayStage* filling_ = &stages_[0];
  uint64_t samples_ = 0;
  uint64_t labels_refused_ = 0;
  Status status_;
  ReplayOmissions omissions_;     // written by the thread that applies
  std::future<Status> applying_;  // the last member: its end waits for the thread
};

void Describe(const RecoveryReport& report) {
  for (const LogLoss& loss : report.log.losses) spdlog::warn("log replay: {}", loss.ToString());
  if (report.log.losses_total > report.log.losses.size()) {
    spdlog::warn("log replay: {} more losses", report.log.losses_total - report.log.losses.size());
  }
  uint64_t unknown_samples = 0;
  const auto& unknown = report.omissions.unknown_series;
  for (const auto& [series, samples] : unknown) unknown_samples += samples;
  if (unknown_samples > 0) {
    spdlog::warn(
        "log replay: {} samples of {} series left out: the records that introduced the series are "
        "lost (first: series {})",
        unknown_samples, unknown.size(), unknown.begin()->first);
  }
}

}  // namespace

StatusOr<RecoveryReport> ReplayLog(Log* log, Sequence sealed_through, Registry* registry,
                                   Generation* generation) {
  RecoveryReport report;
  Replayer replayer(registry, generation);
  ASSIGN_OR_RETURN(report.log,
                   log->Replay(sealed_through, [&](Sequence sequence, std::string_view payload) {
                     const Status status = DecodeWriteRecord(payload, &replayer);
                     if (!status.ok()) {
                       ++report.records_refused;
                       spdlog::warn("log replay: record {}: {}", sequence, MessageOf(status));
                     }
                     return replayer.EndRecord();
                   }));
  RETURN_IF_ERROR(replayer.Finish(&report));
  Describe(report);
  return report;
}

}  // namespace silverback

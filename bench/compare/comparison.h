// One comparison: every contender is given the same data set and put through the same stages.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/compare/contender.h"
#include "bench/compare/histogram_stream.h"
#include "bench/compare/questions.h"
#include "bench/compare/report.h"
#include "bench/compare/streams.h"

namespace silverback {

enum class DataSet {
  kFleet,       // months of 261 series, 40 scrapes a request
  kLive,        // many series, one sample per series and round
  kMixed,       // the fleet, then panels asked of it while a live stream comes in
  kHistograms,  // request durations, as native histograms and as classic buckets
};

struct ComparisonOptions {
  std::string directory;  // data directories are made here
  DataSet data = DataSet::kFleet;
  int64_t days = 30;  // of the fleet
  LiveOptions live;
  uint32_t kill_rounds = 20;  // sent before the kill
  int repeats = 5;
  int settle_seconds = 20;
  bool cold = true;  // also ask with the page cache dropped, which slows the machine down
};

class Comparison {
 public:
  /// `end_ms`: of the data set.
  Comparison(const ComparisonOptions& options, TimestampMs end_ms);

  /// Puts one contender through all stages. A contender that refuses a part of it has a note in the report and no
  /// figures there; an error is one of the benchmark itself.
  Status Measure(const ContenderKind& kind, const std::string& binary);

  const ComparisonReport& report() const { return report_; }

 private:
  using Better = ComparisonReport::Better;

  void Set(const std::string& group, const std::string& row, Better better, double value) {
    report_.Set(group, row, better, contender_->name(), value);
  }

  Status Ingest();
  StatusOr<LiveReport> StreamFleet();
  Status MeasureSettled();
  Status MeasureQuestions();
  Status AskGroup(const QuestionGroup& group);
  Status AskCold(const QuestionGroup& group, const Question& question);
  Status MeasureMixed();
  Status MeasureKill();
  Status MeasureFirstAnswer(TimestampMs at_ms);
  Status MeasureLoss(TimestampMs at_ms, uint64_t acknowledged);
  LiveOptions Live() const;
  HistogramOptions Histograms() const;
  StatusOr<LiveReport> Stream();
  std::vector<QuestionGroup> Questions() const;

  const ComparisonOptions options_;
  const TimestampMs end_ms_;
  std::unique_ptr<Contender> contender_;
  double samples_ = 0;
  uint32_t rounds_sent_ = 0;  // of the live stream: what follows must not send their times again
  ComparisonReport report_;
};

}  // namespace silverback

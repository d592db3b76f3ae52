#include <filesystem>
#include <vector>

#include "bench/compare/questions.h"
#include "bench/compare/streams.h"
#include "bench/scaling/experiments.h"

namespace silverback {
namespace {

constexpr uint32_t kRoundsPerDay = 24;
constexpr int64_t kHourMs = 3'600'000;

std::vector<Question> HourQuestions(TimestampMs end_ms) {
  const int64_t end = end_ms / 1000;
  const int64_t start = end - 3600;
  return {
      Lookup("label names of one hour", "/api/v1/labels", {}, start, end),
      Lookup("values of pod of one hour", "/api/v1/label/pod/values", {}, start, end),
      Lookup("series of a metric of one hour", "/api/v1/series", {{"match[]", "live_metric_2"}},
             start, end),
      RangeQuestion("one-hour panel under churn",
                    "sum by (job) (last_over_time(live_metric_2[1h]))", start, end, 15),
  };
}

Status MeasureDays(const ScalingOptions& options, const Subject& subject, int64_t days,
                   Curves* curves) {
  const std::string directory = options.directory + "/churn";
  std::filesystem::remove_all(directory);
  Contender contender(subject.kind, subject.binary, directory, options.days + 2);
  RETURN_IF_ERROR(contender.Start());
  LiveOptions live;
  live.series = 2000;
  live.rounds = static_cast<uint32_t>(days) * kRoundsPerDay;
  live.interval_ms = kHourMs;
  live.churn_rounds = kRoundsPerDay;
  live.start_ms = options.end_ms - (live.rounds - 1) * live.interval_ms;
  RETURN_IF_ERROR(SendLive(contender.url(), live).status());
  contender.Settle();
  for (const Question& question : HourQuestions(options.end_ms)) {
    ASSIGN_OR_RETURN(const Warm warm,
                     AskWarm(contender.url(), contender.pid(), question, options.repeats));
    curves->Add(question.title, "days of churn", "server CPU ms", contender.name(),
                {static_cast<double>(days), warm.cpu_ms});
  }
  contender.Stop();
  return absl::OkStatus();
}

}  // namespace

Status MeasureChurnScaling(const ScalingOptions& options, const Subject& subject, Curves* curves) {
  for (const int64_t days : {1, 7, 30, 184}) {
    if (days <= options.days) RETURN_IF_ERROR(MeasureDays(options, subject, days, curves));
  }
  return absl::OkStatus();
}

}  // namespace silverback

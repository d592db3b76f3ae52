#include "bench/compare/comparison.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include "bench/compare/process_figures.h"
#include "bench/fleet/fill.h"

namespace silverback {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kDayMs = 86'400'000;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void Say(const std::string& contender, const char* stage) {
  std::fprintf(stderr, "==> %s: %s\n", contender.c_str(), stage);
}

}  // namespace

Comparison::Comparison(const ComparisonOptions& options, TimestampMs end_ms)
    : options_(options), end_ms_(end_ms) {}

Status Comparison::Measure(const ContenderKind& kind, const std::string& binary) {
  const std::string directory = options_.directory + "/" + kind.name;
  std::filesystem::remove_all(directory);
  contender_ = std::make_unique<Contender>(kind, binary, directory, options_.days + 2);
  rounds_sent_ = options_.live.rounds;
  RETURN_IF_ERROR(contender_->Start());
  const Status ingested = Ingest();
  if (absl::IsFailedPrecondition(ingested)) {
    report_.Note(contender_->name(),
                 fmt::format("n/a, it refused the stream: {}", MessageOf(ingested)));
    contender_->Kill();
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(ingested);
  RETURN_IF_ERROR(MeasureSettled());
  RETURN_IF_ERROR(MeasureQuestions());
  if (options_.data == DataSet::kMixed) RETURN_IF_ERROR(MeasureMixed());
  RETURN_IF_ERROR(MeasureKill());
  contender_->Stop();
  return absl::OkStatus();
}

LiveOptions Comparison::Live() const {
  LiveOptions live = options_.live;
  live.start_ms = end_ms_ - (live.rounds - 1) * live.interval_ms;
  return live;
}

HistogramOptions Comparison::Histograms() const {
  HistogramOptions histograms;
  histograms.start_ms = end_ms_ - (histograms.scrapes - 1) * histograms.interval_ms;
  return histograms;
}

StatusOr<LiveReport> Comparison::StreamFleet() {
  FillOptions options;
  options.url = contender_->url();
  options.end_ms = end_ms_;
  options.fleet.start_ms = end_ms_ - options_.days * kDayMs;
  ASSIGN_OR_RETURN(const FillReport report, FillFleet(options));
  return LiveReport{report.samples, report.seconds, 0};
}

StatusOr<LiveReport> Comparison::Stream() {
  switch (options_.data) {
    case DataSet::kLive:
      return SendLive(contender_->url(), Live());
    case DataSet::kHistograms:
      return SendHistograms(contender_->url(), Histograms());
    case DataSet::kFleet:
    case DataSet::kMixed:
      break;
  }
  return StreamFleet();
}

Status Comparison::Ingest() {
  Say(contender_->name(), "ingesting");
  ASSIGN_OR_RETURN(const LiveReport sent, Stream());
  samples_ = static_cast<double>(sent.samples);
  ASSIGN_OR_RETURN(const ProcessFigures figures, ReadProcessFigures(contender_->pid()));
  Set("", "ingestion, M samples/s", Better::kLarger, samples_ / sent.seconds / 1e6);
  Set("", "server CPU s per M samples, at the last acknowledgement", Better::kSmaller,
      figures.cpu_seconds / samples_ * 1e6);
  if (sent.request_p99_ms > 0) {
    Set("", "request p99, ms", Better::kSmaller, sent.request_p99_ms);
  }
  Set("", "RSS at the last acknowledgement, MB", Better::kSmaller,
      static_cast<double>(figures.rss_bytes) / 1e6);
  return absl::OkStatus();
}

Status Comparison::MeasureSettled() {
  Say(contender_->name(), "settling");
  contender_->Settle();
  std::this_thread::sleep_for(std::chrono::seconds(options_.settle_seconds));
  ASSIGN_OR_RETURN(const ProcessFigures figures, ReadProcessFigures(contender_->pid()));
  Set("", "RSS peak, MB", Better::kSmaller, static_cast<double>(figures.rss_peak_bytes) / 1e6);
  if (options_.data == DataSet::kLive) {
    Set("", "RSS peak per series, KB", Better::kSmaller,
        static_cast<double>(figures.rss_peak_bytes) / 1e3 / options_.live.series);
  }
  Set("", "RSS settled, MB", Better::kSmaller, static_cast<double>(figures.rss_bytes) / 1e6);
  // What is in memory alone would not count: after an orderly stop everything is on disk, and what that took has been spent.
  const ProcessUsage usage = contender_->Stop();
  Set("", "server CPU s per M samples, settled", Better::kSmaller,
      usage.cpu_seconds / samples_ * 1e6);
  Set("", "bytes on disk per sample, settled", Better::kSmaller,
      static_cast<double>(DirectoryBytes(contender_->directory())) / samples_);
  Set("", "bytes written per sample", Better::kSmaller,
      static_cast<double>(usage.written_bytes) / samples_);
  RETURN_IF_ERROR(contender_->Start());
  return WaitUntilIdle(contender_->pid());
}

Status Comparison::AskCold(const QuestionGroup& group, const Question& question) {
  contender_->Stop();
  const bool dropped = DropPageCache();
  RETURN_IF_ERROR(contender_->Start());
  if (dropped) {
    ASSIGN_OR_RETURN(auto client, ApiClient::Create(contender_->url()));
    ASSIGN_OR_RETURN(const Answer answer, Ask(client.get(), question));
    RETURN_IF_ERROR(CheckNotEmpty(question, answer));
    Set(group.name + ", cold, ms", question.title, Better::kSmaller, answer.ms);
  }
  return WaitUntilIdle(contender_->pid());
}

// What the questions before have left to do (memory to give back, garbage to collect) is none of these questions' doing.
Status Comparison::AskGroup(const QuestionGroup& group) {
  RETURN_IF_ERROR(WaitUntilIdle(contender_->pid()));
  for (const Question& question : group.questions) {
    Status asked = group.cold && options_.cold ? AskCold(group, question) : absl::OkStatus();
    if (asked.ok()) {
      const StatusOr<Warm> warm =
          AskWarm(contender_->url(), contender_->pid(), question, options_.repeats);
      asked = warm.status();
      if (warm.ok()) {
        Set(group.name + ", warm, ms", question.title, Better::kSmaller, warm->ms);
        Set(group.name + ", warm, server CPU ms", question.title, Better::kSmaller, warm->cpu_ms);
      }
    }
    if (!absl::IsFailedPrecondition(asked)) RETURN_IF_ERROR(asked);
    if (!asked.ok()) report_.Note(contender_->name(), std::string(MessageOf(asked)));
  }
  return absl::OkStatus();
}

std::vector<QuestionGroup> Comparison::Questions() const {
  switch (options_.data) {
    case DataSet::kLive:
      return LiveQuestions({Live().start_ms, end_ms_});
    case DataSet::kHistograms:
      return HistogramQuestions({Histograms().start_ms, end_ms_});
    case DataSet::kFleet:
    case DataSet::kMixed:
      break;
  }
  return FleetQuestions(options_.days, end_ms_);
}

Status Comparison::MeasureQuestions() {
  Say(contender_->name(), "asking");
  for (const QuestionGroup& group : Questions()) RETURN_IF_ERROR(AskGroup(group));
  return absl::OkStatus();
}

Status Comparison::MeasureMixed() {
  Say(contender_->name(), "asking during ingestion");
  LiveOptions live = Live();
  ASSIGN_OR_RETURN(const LiveReport peak, SendLive(contender_->url(), live));
  std::atomic<bool> stop{false};
  live.first_round = live.rounds;
  live.rounds = 1'000'000;
  live.samples_per_second = static_cast<double>(peak.samples) / peak.seconds / 2;
  live.stop = &stop;
  StatusOr<LiveReport> sent = LiveReport{};
  std::thread sender([&] { sent = SendLive(contender_->url(), live); });
  std::this_thread::sleep_for(std::chrono::seconds(2));
  Status status;
  const std::vector<QuestionGroup> groups = FleetQuestions(options_.days, end_ms_);
  for (const Question& question : groups[0].questions) {
    const StatusOr<Warm> warm =
        AskWarm(contender_->url(), contender_->pid(), question, options_.repeats);
    status = warm.status();
    if (!status.ok()) break;
    Set("during ingestion, ms", question.title, Better::kSmaller, warm->ms);
  }
  stop = true;
  sender.join();
  RETURN_IF_ERROR(status);
  RETURN_IF_ERROR(sent.status());
  rounds_sent_ += static_cast<uint32_t>(sent->samples / live.series) + 2;
  Set("", "live stream alone, M samples/s", Better::kLarger,
      static_cast<double>(peak.samples) / peak.seconds / 1e6);
  Set("", "live stream at half that rate, panels asked: share that came through", Better::kLarger,
      static_cast<double>(sent->samples) / sent->seconds / live.samples_per_second);
  return absl::OkStatus();
}

/// A live stream of a few rounds more; the kill comes with the last acknowledgement.
Status Comparison::MeasureKill() {
  Say(contender_->name(), "killing");
  LiveOptions live = Live();
  live.first_round = rounds_sent_;
  live.rounds = options_.kill_rounds;
  const TimestampMs last_ms =
      live.start_ms + (live.first_round + live.rounds - 1) * live.interval_ms;
  ASSIGN_OR_RETURN(const LiveReport report, SendLive(contender_->url(), live));
  ASSIGN_OR_RETURN(const ProcessFigures before, ReadProcessFigures(contender_->pid()));
  contender_->Kill();
  RETURN_IF_ERROR(MeasureFirstAnswer(last_ms));
  ASSIGN_OR_RETURN(const ProcessFigures after, ReadProcessFigures(contender_->pid()));
  Set("", "RSS before the kill, MB", Better::kSmaller, static_cast<double>(before.rss_bytes) / 1e6);
  Set("", "RSS peak of the recovery, MB", Better::kSmaller,
      static_cast<double>(after.rss_peak_bytes) / 1e6);
  return MeasureLoss(last_ms, report.samples);
}

Status Comparison::MeasureFirstAnswer(TimestampMs at_ms) {
  const auto start = Clock::now();
  RETURN_IF_ERROR(contender_->Launch());
  ASSIGN_OR_RETURN(auto client, ApiClient::Create(contender_->url()));
  const Question question{"first answer",
                          "/api/v1/query",
                          {{"query", "count(live_metric_2)"},
                           {"time", std::to_string(at_ms / 1000)},
                           {"nocache", "1"}}};
  while (!Ask(client.get(), question).ok()) {
    if (!contender_->Running() || SecondsSince(start) > 600) {
      return Error(absl::StatusCode::kUnavailable, "it does not answer after the kill: see {}.log",
                   contender_->directory());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  Set("", "kill -9 to the first answer, s", Better::kSmaller, SecondsSince(start));
  return absl::OkStatus();
}

Status Comparison::MeasureLoss(TimestampMs at_ms, uint64_t acknowledged) {
  ASSIGN_OR_RETURN(auto client, ApiClient::Create(contender_->url()));
  // A window of the rounds alone, whether or not its start counts as inside.
  const int64_t window_ms = options_.kill_rounds * options_.live.interval_ms - 1;
  const Question question{
      "samples after the kill",
      "/api/v1/query",
      {{"query", fmt::format("sum(count_over_time({}[{}ms]))", kLiveSelector, window_ms)},
       {"time", std::to_string(at_ms / 1000)},
       {"nocache", "1"}}};
  ASSIGN_OR_RETURN(const Answer answer, Ask(client.get(), question));
  ASSIGN_OR_RETURN(const double found, NumberIn(answer.http));
  Set("", "acknowledged samples sent before the kill", Better::kLarger,
      static_cast<double>(acknowledged));
  Set("", "of these lost", Better::kSmaller, static_cast<double>(acknowledged) - found);
  return absl::OkStatus();
}

}  // namespace silverback

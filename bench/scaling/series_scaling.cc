#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>
#include <vector>

#include "bench/compare/process_figures.h"
#include "bench/compare/questions.h"
#include "bench/compare/streams.h"
#include "bench/scaling/experiments.h"

namespace silverback {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr uint32_t kRounds = 40;
constexpr uint32_t kSeriesPerHost = 100;

class SeriesScaling {
 public:
  SeriesScaling(const ScalingOptions& options, const Subject& subject, Curves* curves)
      : options_(options), subject_(subject), curves_(curves) {}

  Status Run() {
    for (uint32_t series = 1000; series <= options_.most_series; series *= 10) {
      const std::string directory = options_.directory + "/series";
      std::filesystem::remove_all(directory);
      Contender contender(subject_.kind, subject_.binary, directory, options_.days + 2);
      RETURN_IF_ERROR(contender.Start());
      RETURN_IF_ERROR(Ingest(&contender, series));
      RETURN_IF_ERROR(AskPanels(contender, series));
      if (series * 10 > options_.most_series) RETURN_IF_ERROR(VaryMatchers(contender, series));
      RETURN_IF_ERROR(Restart(&contender, series));
    }
    return absl::OkStatus();
  }

 private:
  void Add(const Contender& contender, const std::string& picture, const std::string& unit,
           uint32_t series, double cost) {
    curves_->Add(picture, "series", unit, contender.name(), {static_cast<double>(series), cost});
  }

  Status Ingest(Contender* contender, uint32_t series) {
    LiveOptions live;
    live.series = series;
    live.rounds = kRounds;
    live.start_ms = StartMs();
    ASSIGN_OR_RETURN(const ProcessFigures before, ReadProcessFigures(contender->pid()));
    RETURN_IF_ERROR(SendLive(contender->url(), live).status());
    ASSIGN_OR_RETURN(const ProcessFigures after, ReadProcessFigures(contender->pid()));
    Add(*contender, "ingestion, 40 rounds", "server CPU ms", series,
        (after.cpu_seconds - before.cpu_seconds) * 1e3);
    Add(*contender, "memory after ingestion", "RSS MB", series,
        static_cast<double>(after.rss_bytes) / 1e6);
    return absl::OkStatus();
  }

  TimestampMs StartMs() const { return options_.end_ms - (kRounds - 1) * 15'000; }

  Status AskPanels(const Contender& contender, uint32_t series) {
    for (const QuestionGroup& group : LiveQuestions({StartMs(), options_.end_ms})) {
      for (const Question& question : group.questions) {
        ASSIGN_OR_RETURN(const Warm warm,
                         AskWarm(contender.url(), contender.pid(), question, options_.repeats));
        Add(contender, question.title, "server CPU ms", series, warm.cpu_ms);
      }
    }
    return absl::OkStatus();
  }

  Status AskCount(const Contender& contender, const std::string& picture, const std::string& axis,
                  size_t x, const std::string& selector) {
    const Question question{picture,
                            "/api/v1/query",
                            {{"query", "count(" + selector + ")"},
                             {"time", std::to_string(options_.end_ms / 1000)},
                             {"nocache", "1"}}};
    ASSIGN_OR_RETURN(const Warm warm,
                     AskWarm(contender.url(), contender.pid(), question, options_.repeats));
    curves_->Add(picture, axis, "server CPU ms", contender.name(),
                 {static_cast<double>(x), warm.cpu_ms});
    return absl::OkStatus();
  }

  /// More matchers on one selection, and more values in one matcher.
  Status VaryMatchers(const Contender& contender, uint32_t series) {
    const char* const matchers[] = {R"(job="job-1")", R"(zone="b")", R"(slot!="7")",
                                    R"(pod=~"pod-.*")", R"(instance!~".*[05]:9100")"};
    std::string selector = "{__name__=~\"live_metric_.?\"";
    for (size_t i = 0; i < std::size(matchers); ++i) {
      selector += std::string(",") + matchers[i];
      RETURN_IF_ERROR(
          AskCount(contender, "count of a selection", "matchers", i + 2, selector + "}"));
    }
    std::string values;
    const size_t hosts = std::min<size_t>(1000, series / kSeriesPerHost);
    for (size_t host = 0; host < hosts; ++host) {
      values += fmt::format("{}10.0.{}.{}:9100", host == 0 ? "" : "|", host / 256, host % 256);
      const size_t count = host + 1;
      if (count != 1 && count != 10 && count != 100 && count != 1000) continue;
      RETURN_IF_ERROR(AskCount(contender, "count by an alternation", "alternatives", count,
                               "live_metric_2{instance=~\"" + values + "\"}"));
    }
    return absl::OkStatus();
  }

  Status Restart(Contender* contender, uint32_t series) {
    contender->Kill();
    const auto start = SteadyClock::now();
    RETURN_IF_ERROR(contender->Start());
    Add(*contender, "kill -9 to ready", "ms", series,
        std::chrono::duration<double, std::milli>(SteadyClock::now() - start).count());
    contender->Stop();
    return absl::OkStatus();
  }

  const ScalingOptions options_;
  const Subject subject_;
  Curves* curves_;
};

}  // namespace

Status MeasureSeriesScaling(const ScalingOptions& options, const Subject& subject, Curves* curves) {
  return SeriesScaling(options, subject, curves).Run();
}

}  // namespace silverback

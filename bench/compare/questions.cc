#include "bench/compare/questions.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "bench/compare/process_figures.h"
#include "bench/fleet/panels.h"

namespace silverback {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kDaySeconds = 86'400;

constexpr int kShortRepeats = 50;
constexpr double kShortMs = 100;

QuestionGroup PanelGroup(const std::string& name, bool cold, int64_t seconds, int64_t end_seconds) {
  QuestionGroup group{name, cold, {}};
  const int64_t step = PanelStepSeconds(seconds);
  const int64_t end = end_seconds / step * step;
  for (const Panel& panel : FleetPanels(seconds)) {
    group.questions.push_back(RangeQuestion(panel.title, panel.query, end - seconds, end, step));
  }
  return group;
}

}  // namespace

Question RangeQuestion(const std::string& title, const std::string& query, int64_t start,
                       int64_t end, int64_t step) {
  return {title,
          "/api/v1/query_range",
          {{"query", query},
           {"start", std::to_string(start)},
           {"end", std::to_string(end)},
           {"step", std::to_string(step)},
           {"nocache", "1"}}};
}

Question Lookup(const std::string& title, const std::string& path, Parameters parameters,
                int64_t start, int64_t end) {
  parameters.emplace_back("start", std::to_string(start));
  parameters.emplace_back("end", std::to_string(end));
  return {title, path, std::move(parameters)};
}

std::vector<QuestionGroup> FleetQuestions(int64_t days, TimestampMs end_ms) {
  std::vector<QuestionGroup> groups;
  groups.push_back(PanelGroup(fmt::format("{} d", days), true, days * kDaySeconds, end_ms / 1000));
  if (days > 1) groups.push_back(PanelGroup("one day", false, kDaySeconds, end_ms / 1000));
  groups.push_back(PanelGroup("one hour", false, 3600, end_ms / 1000));
  return groups;
}

std::vector<QuestionGroup> LiveQuestions(TimeRange range) {
  const int64_t start = range.min_ms / 1000;
  const int64_t end = range.max_ms / 1000;
  const int64_t step = PanelStepSeconds(end - start);
  QuestionGroup panels{"panel", true, {}};
  const auto add = [&](const char* title, const char* query) {
    panels.questions.push_back(RangeQuestion(title, query, start, end, step));
  };
  add("rate by job, 1 metric", "sum by (job) (rate(live_metric_2[1m]))");
  add("rate by job, 11 metrics", R"(sum by (job) (rate({__name__=~"live_metric_2.?"}[1m])))");
  add("raw, 1 host", R"({instance="10.0.0.7:9100"})");
  add("topk over all", R"(topk(5, {__name__=~"live_metric_.*"}))");
  add("count by name, over all", R"(count by (__name__) ({__name__=~"live_metric_.*"}))");
  add("quantile over all", R"(quantile by (zone) (0.9, {__name__=~"live_metric_.*"}))");
  QuestionGroup lookups{"look-up", false, {}};
  lookups.questions.push_back(Lookup("label names", "/api/v1/labels", {}, end - 3600, end));
  lookups.questions.push_back(
      Lookup("values of instance", "/api/v1/label/instance/values", {}, end - 3600, end));
  lookups.questions.push_back(Lookup("series of a metric", "/api/v1/series",
                                     {{"match[]", "live_metric_2"}}, end - 3600, end));
  return {panels, lookups};
}

std::vector<QuestionGroup> HistogramQuestions(TimeRange range) {
  const int64_t start = range.min_ms / 1000;
  const int64_t end = range.max_ms / 1000;
  const int64_t step = PanelStepSeconds(end - start);
  QuestionGroup group{"histograms", true, {}};
  const auto add = [&](const char* title, const std::string& query) {
    group.questions.push_back(RangeQuestion(title, query, start, end, step));
  };
  const std::string native = "sum by (service) (rate(native_seconds[5m]))";
  add("p99 by service, native", "histogram_quantile(0.99, " + native + ")");
  add("p99 by service, classic",
      "histogram_quantile(0.99, sum by (service, le) (rate(classic_seconds_bucket[5m])))");
  add("requests a second, native", "histogram_count(" + native + ")");
  add("requests a second, classic", "sum by (service) (rate(classic_seconds_count[5m]))");
  add("mean, native", "histogram_sum(" + native + ") / histogram_count(" + native + ")");
  add("mean, classic",
      "sum by (service) (rate(classic_seconds_sum[5m])) / "
      "sum by (service) (rate(classic_seconds_count[5m]))");
  add("share under 100 ms, native", "histogram_fraction(0, 0.1, " + native + ")");
  add("heat map, native", "sum (rate(native_seconds[5m]))");
  add("heat map, classic", "sum by (le) (rate(classic_seconds_bucket[5m]))");
  add("median of every instance, native", "histogram_quantile(0.5, rate(native_seconds[5m]))");
  return {group};
}

StatusOr<Answer> Ask(ApiClient* client, const Question& question) {
  const auto start = Clock::now();
  ASSIGN_OR_RETURN(HttpAnswer http, client->Get(question.path, question.parameters));
  const double ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  if (http.status != 200) {
    return Error(absl::StatusCode::kFailedPrecondition, "\"{}\" was answered {}: {}",
                 question.title, http.status, http.body.substr(0, 300));
  }
  return Answer{ms, std::move(http)};
}

Status CheckNotEmpty(const Question& question, const Answer& answer) {
  if (answer.http.body.size() < 1000 &&
      answer.http.body.find("\"result\":[]") != std::string::npos) {
    return Error(absl::StatusCode::kFailedPrecondition, "\"{}\" was answered with nothing",
                 question.title);
  }
  return absl::OkStatus();
}

StatusOr<Warm> AskWarm(const std::string& url, pid_t pid, const Question& question, int repeats) {
  ASSIGN_OR_RETURN(auto client, ApiClient::Create(url));
  std::vector<double> times;
  ASSIGN_OR_RETURN(const Answer first, Ask(client.get(), question));
  RETURN_IF_ERROR(CheckNotEmpty(question, first));
  ASSIGN_OR_RETURN(const double before, CpuSeconds(pid));
  double total_ms = 0;
  for (int i = 0; i < repeats || (i < kShortRepeats && total_ms < kShortMs); ++i) {
    ASSIGN_OR_RETURN(const Answer answer, Ask(client.get(), question));
    times.push_back(answer.ms);
    total_ms += answer.ms;
  }
  ASSIGN_OR_RETURN(const double after, CpuSeconds(pid));
  std::sort(times.begin(), times.end());
  return Warm{times[times.size() / 2], (after - before) * 1e3 / static_cast<double>(times.size())};
}

StatusOr<double> NumberIn(const HttpAnswer& answer) {
  try {
    const auto result = nlohmann::json::parse(answer.body).at("data").at("result");
    if (result.empty()) return 0.0;
    return std::strtod(result.at(0).at("value").at(1).get<std::string>().c_str(), nullptr);
  } catch (const std::exception& error) {
    return Error(absl::StatusCode::kInternal, "an answer cannot be read: {}", error.what());
  }
}

}  // namespace silverback

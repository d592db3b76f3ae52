#include <algorithm>
#include <vector>

#include "bench/compare/questions.h"
#include "bench/fleet/fill.h"
#include "bench/fleet/panels.h"
#include "bench/scaling/experiments.h"

namespace silverback {
namespace {

constexpr int64_t kHour = 3600;
constexpr int64_t kDay = 24 * kHour;
constexpr int64_t kSteps = 1000;

/// A query whose window `$w` covers a step, and `$t` a tenth of the range.
struct Varied {
  const char* title;
  const char* query;
};

constexpr Varied kByRange[] = {
    {"plain selector", "process_resident_memory_bytes"},
    {"rate", "rate(http_requests_total[$w])"},
    {"increase", "increase(http_requests_total[$w])"},
    {"delta", "delta(process_resident_memory_bytes[$w])"},
    {"last_over_time", "last_over_time(process_resident_memory_bytes[$w])"},
    {"sum_over_time, windows of a tenth", "sum_over_time(process_resident_memory_bytes[$t])"},
    {"max_over_time, windows of a tenth", "max_over_time(process_resident_memory_bytes[$t])"},
    {"count_over_time, windows of a tenth", "count_over_time(process_resident_memory_bytes[$t])"},
    {"aggregation", "sum by (job) (process_resident_memory_bytes)"},
};

constexpr Varied kBySteps[] = {
    {"plain selector", "process_resident_memory_bytes"},
    {"rate", "rate(http_requests_total[$w])"},
    {"sum_over_time, windows of a tenth", "sum_over_time(process_resident_memory_bytes[$t])"},
    {"aggregation", "sum by (job) (process_resident_memory_bytes)"},
};

std::string Written(std::string query, int64_t range, int64_t step) {
  const auto replace = [&](const char* name, int64_t seconds) {
    if (const size_t at = query.find(name); at != std::string::npos) {
      query.replace(at, 2, GoDuration(seconds));
    }
  };
  replace("$w", std::max<int64_t>(4 * 15, step + 15));
  replace("$t", range / 10);
  return query;
}

class FleetScaling {
 public:
  FleetScaling(const ScalingOptions& options, const Subject& subject, Curves* curves)
      : options_(options),
        subject_(subject),
        curves_(curves),
        contender_(subject_.kind, subject.binary, options.directory + "/fleet", options.days + 2) {}

  Status Run() {
    RETURN_IF_ERROR(Fill());
    RETURN_IF_ERROR(VaryRange());
    RETURN_IF_ERROR(VarySteps());
    contender_.Stop();
    return VaryCores();
  }

 private:
  Status Fill() {
    RETURN_IF_ERROR(contender_.Start());
    FillOptions fill;
    fill.url = contender_.url();
    fill.end_ms = options_.end_ms;
    fill.fleet.start_ms = options_.end_ms - options_.days * kDay * 1000;
    RETURN_IF_ERROR(FillFleet(fill).status());
    contender_.Settle();
    return absl::OkStatus();
  }

  Status Ask(const Varied& varied, int64_t range, int64_t step, const std::string& axis, double x) {
    const int64_t end = options_.end_ms / 1000 / step * step;
    const Question question =
        RangeQuestion(varied.title, Written(varied.query, range, step), end - range, end, step);
    ASSIGN_OR_RETURN(const Warm warm,
                     AskWarm(contender_.url(), contender_.pid(), question, options_.repeats));
    curves_->Add(varied.title, axis, "server CPU ms", contender_.name(), {x, warm.cpu_ms});
    return absl::OkStatus();
  }

  /// A thousand steps whatever the range, so that cost by steps is a flat line.
  Status VaryRange() {
    for (const int64_t range : {5 * kHour, kDay, 7 * kDay, 30 * kDay, 184 * kDay}) {
      if (range > options_.days * kDay) continue;
      for (const Varied& varied : kByRange) {
        RETURN_IF_ERROR(Ask(varied, range, std::max<int64_t>(1, range / kSteps),
                            "hours of range, 1,000 steps", static_cast<double>(range) / kHour));
      }
    }
    return absl::OkStatus();
  }

  Status VarySteps() {
    const int64_t range = std::min<int64_t>(options_.days, 30) * kDay;
    for (const int64_t steps : {10, 100, 1000, 5000, 10'900}) {
      for (const Varied& varied : kBySteps) {
        RETURN_IF_ERROR(Ask(varied, range, (range + steps - 1) / steps, "steps, 30 d",
                            static_cast<double>(steps)));
      }
    }
    return absl::OkStatus();
  }

  /// Started by taskset, so that the server sees one core from its first line on.
  Status VaryCores() {
    for (const int cores : {1, 2}) {
      ContenderKind pinned = subject_.kind;
      pinned.arguments = [&](const ContenderKind::Place& place) {
        std::vector<std::string> arguments{"-c", cores == 1 ? "0" : "0,1", subject_.binary};
        for (std::string& one : subject_.kind.arguments(place)) arguments.push_back(std::move(one));
        return arguments;
      };
      Contender contender(pinned, "/usr/bin/taskset", options_.directory + "/fleet",
                          options_.days + 2);
      RETURN_IF_ERROR(contender.Start());
      const QuestionGroup all = FleetQuestions(options_.days, options_.end_ms)[0];
      double total_ms = 0;
      for (const Question& question : all.questions) {
        ASSIGN_OR_RETURN(const Warm warm,
                         AskWarm(contender.url(), contender.pid(), question, options_.repeats));
        total_ms += warm.ms;
      }
      curves_->Add("fourteen panels, whole range", "cores", "ms", contender.name(),
                   {static_cast<double>(cores), total_ms});
      contender.Stop();
    }
    return absl::OkStatus();
  }

  const ScalingOptions options_;
  const Subject subject_;
  Curves* curves_;
  Contender contender_;
};

}  // namespace

Status MeasureFleetScaling(const ScalingOptions& options, const Subject& subject, Curves* curves) {
  return FleetScaling(options, subject, curves).Run();
}

}  // namespace silverback

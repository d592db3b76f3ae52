#include "bench/fleet/panel_run.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include <nlohmann/json.hpp>

namespace silverback {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

std::string NameOf(const Json& metric) {
  std::string labels;
  std::string name;
  for (const auto& [key, value] : metric.items()) {
    const auto text = value.get<std::string>();
    if (key == "__name__") {
      name = text;
    } else {
      labels += fmt::format("{}{}=\"{}\"", labels.empty() ? "" : ", ", key, text);
    }
  }
  return name.empty() || !labels.empty() ? name + "{" + labels + "}" : name;
}

std::vector<GraphSeries> CurvesOf(const Json& result) {
  std::vector<GraphSeries> curves;
  for (const Json& series : result) {
    GraphSeries curve;
    curve.name = NameOf(series.at("metric"));
    for (const Json& point : series.at("values")) {
      curve.times.push_back(static_cast<TimestampMs>(point.at(0).get<double>() * 1000));
      curve.values.push_back(
          std::strtod(point.at(1).get_ref<const std::string&>().c_str(), nullptr));
    }
    curves.push_back(std::move(curve));
  }
  return curves;
}

uint64_t CoveredBy(const Json& data) {
  const Json::json_pointer path("/stats/samples/totalQueryableSamples");
  return data.contains(path) ? data.at(path).get<uint64_t>() : 0;
}

StatusOr<std::string> Ask(ApiClient* client, const Parameters& parameters, double* ms) {
  const auto start = Clock::now();
  ASSIGN_OR_RETURN(const HttpAnswer answer, client->PostForm("/api/v1/query_range", parameters));
  *ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  if (answer.status != 200) {
    return Error(absl::StatusCode::kFailedPrecondition, "{} answered {}: {}", parameters[0].second,
                 answer.status, answer.body.substr(0, 500));
  }
  return answer.body;
}

}  // namespace

StatusOr<PanelTiming> RunPanel(ApiClient* client, const Panel& panel, int64_t start_seconds,
                               int64_t end_seconds, int64_t step_seconds, int repeats) {
  Parameters parameters{{"query", panel.query},
                        {"start", std::to_string(start_seconds)},
                        {"end", std::to_string(end_seconds)},
                        {"step", std::to_string(step_seconds)}};
  PanelTiming timing{.panel = panel, .curves = {}};
  ASSIGN_OR_RETURN(std::string body, Ask(client, parameters, &timing.first_ms));
  std::vector<double> again{timing.first_ms};
  if (repeats > 0) again.clear();
  for (int i = 0; i < repeats; ++i) {
    double ms = 0;
    RETURN_IF_ERROR(Ask(client, parameters, &ms).status());
    again.push_back(ms);
  }
  std::nth_element(again.begin(), again.begin() + static_cast<ptrdiff_t>(again.size() / 2),
                   again.end());
  timing.again_ms = again[again.size() / 2];
  double unused = 0;
  parameters.emplace_back("stats", "all");
  ASSIGN_OR_RETURN(body, Ask(client, parameters, &unused));
  try {
    const Json data = Json::parse(body).at("data");
    timing.curves = CurvesOf(data.at("result"));
    timing.series = timing.curves.size();
    timing.samples_covered = CoveredBy(data);
  } catch (const std::exception& error) {
    return Error(absl::StatusCode::kInternal, "{}: the answer cannot be read: {}", panel.query,
                 error.what());
  }
  return timing;
}

}  // namespace silverback

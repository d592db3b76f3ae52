#include "tests/interop/answer.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

namespace silverback {
namespace {

using Json = nlohmann::json;

double Number(const Json& text) {
  return std::strtod(text.get<std::string>().c_str(), nullptr);
}

AnswerPoint FloatPoint(const Json& point) {
  return {point.at(0).get<double>(), {Number(point.at(1))}};
}

AnswerPoint HistogramPoint(const Json& point) {
  const Json& histogram = point.at(1);
  AnswerPoint out{point.at(0).get<double>(),
                  {Number(histogram.at("count")), Number(histogram.at("sum"))}};
  if (!histogram.contains("buckets")) return out;
  for (const Json& bucket : histogram.at("buckets")) {
    out.values.push_back(bucket.at(0).get<double>());
    for (int i = 1; i < 4; ++i) out.values.push_back(Number(bucket.at(i)));
  }
  return out;
}

QueryAnswer Read(const Json& data) {
  QueryAnswer answer;
  answer.type = data.at("resultType").get<std::string>();
  const Json& result = data.at("result");
  if (answer.type == "scalar" || answer.type == "string") {
    answer.series["{}"].push_back(FloatPoint(result));
    return answer;
  }
  const auto each = [](const Json& series, const char* key, const auto& take) {
    if (!series.contains(key)) return;
    for (const Json& point : series.at(key)) take(point);
  };
  for (const Json& series : result) {
    auto& points = answer.series[series.at("metric").dump()];
    if (series.contains("value")) points.push_back(FloatPoint(series.at("value")));
    if (series.contains("histogram")) points.push_back(HistogramPoint(series.at("histogram")));
    each(series, "values", [&](const Json& point) { points.push_back(FloatPoint(point)); });
    each(series, "histograms", [&](const Json& point) { points.push_back(HistogramPoint(point)); });
  }
  return answer;
}

bool Near(double a, double b, double relative) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (std::isinf(a) || std::isinf(b)) return a == b;
  return std::fabs(a - b) <= relative * std::max({std::fabs(a), std::fabs(b), 1e-3});
}

}  // namespace

StatusOr<QueryAnswer> AskServer(ApiClient* client, const std::string& path,
                                const Parameters& parameters) {
  ASSIGN_OR_RETURN(const HttpAnswer answer, client->PostForm(path, parameters));
  if (answer.status != 200) {
    return Error(absl::StatusCode::kFailedPrecondition, "answered {}: {}", answer.status,
                 answer.body);
  }
  try {
    return Read(Json::parse(answer.body).at("data"));
  } catch (const std::exception& error) {
    return Error(absl::StatusCode::kInternal, "unreadable answer ({}): {}", error.what(),
                 answer.body.substr(0, 300));
  }
}

std::string Difference(const QueryAnswer& ours, const QueryAnswer& theirs, double relative) {
  if (ours.type != theirs.type) return fmt::format("type {} instead of {}", ours.type, theirs.type);
  for (const auto& [labels, points] : theirs.series) {
    if (!ours.series.contains(labels))
      return fmt::format("series {} is missing ({} points)", labels, points.size());
  }
  for (const auto& [labels, points] : ours.series) {
    const auto found = theirs.series.find(labels);
    if (found == theirs.series.end()) return fmt::format("series {} is too much", labels);
    const auto& wanted = found->second;
    if (points.size() != wanted.size()) {
      return fmt::format("{}: {} points instead of {}", labels, points.size(), wanted.size());
    }
    for (size_t i = 0; i < points.size(); ++i) {
      if (points[i].seconds != wanted[i].seconds) {
        return fmt::format("{}: time {} instead of {}", labels, points[i].seconds,
                           wanted[i].seconds);
      }
      const auto near = [&](double a, double b) { return Near(a, b, relative); };
      if (!std::ranges::equal(points[i].values, wanted[i].values, near)) {
        return fmt::format("{} at {}: {} instead of {}", labels, points[i].seconds,
                           fmt::join(points[i].values, " "), fmt::join(wanted[i].values, " "));
      }
    }
  }
  return {};
}

std::string Seconds(int64_t ms) {
  return fmt::format("{:.3f}", static_cast<double>(ms) / 1000);
}

}  // namespace silverback

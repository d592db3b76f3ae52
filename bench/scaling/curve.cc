#include "bench/scaling/curve.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace silverback {

std::optional<double> GrowthExponent(const Curve& curve) {
  double n = 0, sum_x = 0, sum_y = 0, sum_xx = 0, sum_xy = 0;
  for (const CurvePoint& point : curve.points) {
    if (point.x <= 0 || point.cost <= 0) continue;
    const double x = std::log(point.x);
    const double y = std::log(point.cost);
    n += 1;
    sum_x += x;
    sum_y += y;
    sum_xx += x * x;
    sum_xy += x * y;
  }
  const double spread = n * sum_xx - sum_x * sum_x;
  if (n < 2 || spread < 1e-9) return std::nullopt;
  return (n * sum_xy - sum_x * sum_y) / spread;
}

void Curves::Add(const std::string& picture, const std::string& axis, const std::string& unit,
                 const std::string& line, CurvePoint point) {
  const auto found = std::find_if(all_.begin(), all_.end(), [&](const Curve& curve) {
    return curve.picture == picture && curve.axis == axis && curve.line == line;
  });
  if (found == all_.end()) {
    all_.push_back({picture, axis, unit, line, {point}});
  } else {
    found->points.push_back(point);
  }
}

std::string Curves::Table() const {
  std::string table =
      "| what | by | cost | of | points (x: cost) | exponent |\n"
      "| --- | --- | --- | --- | --- | ---: |\n";
  for (const Curve& curve : all_) {
    std::string points;
    for (const CurvePoint& point : curve.points) {
      points += fmt::format("{}{:.4g}: {:.3g}", points.empty() ? "" : ", ", point.x, point.cost);
    }
    const auto exponent = GrowthExponent(curve);
    table += fmt::format("| {} | {} | {} | {} | {} | {} |\n", curve.picture, curve.axis, curve.unit,
                         curve.line, points, exponent ? fmt::format("{:.2f}", *exponent) : "-");
  }
  return table;
}

std::string Curves::Json() const {
  nlohmann::json curves = nlohmann::json::array();
  for (const Curve& curve : all_) {
    nlohmann::json points = nlohmann::json::array();
    for (const CurvePoint& point : curve.points) points.push_back({point.x, point.cost});
    const auto exponent = GrowthExponent(curve);
    curves.push_back({{"picture", curve.picture},
                      {"axis", curve.axis},
                      {"unit", curve.unit},
                      {"line", curve.line},
                      {"points", points},
                      {"exponent", exponent ? nlohmann::json(*exponent) : nlohmann::json()}});
  }
  return nlohmann::json{{"curves", curves}}.dump(2);
}

}  // namespace silverback

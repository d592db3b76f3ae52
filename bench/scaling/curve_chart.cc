#include "bench/scaling/curve_chart.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <utility>

#include "bench/compare/svg.h"

namespace silverback {
namespace {

constexpr int kColumns = 3;
constexpr int kTop = 40;
constexpr int kCellWidth = 320;
constexpr int kCellHeight = 220;
constexpr int kPlotLeft = 48;
constexpr int kPlotTop = 36;
constexpr int kPlotWidth = 250;
constexpr int kPlotHeight = 130;

/// The curves that share a plot.
using Picture = std::vector<const Curve*>;

std::vector<Picture> PicturesOf(const std::vector<Curve>& curves) {
  std::vector<Picture> pictures;
  for (const Curve& curve : curves) {
    const auto same = std::find_if(pictures.begin(), pictures.end(), [&](const Picture& picture) {
      return picture[0]->picture == curve.picture && picture[0]->axis == curve.axis;
    });
    if (same == pictures.end()) {
      pictures.push_back({&curve});
    } else {
      same->push_back(&curve);
    }
  }
  return pictures;
}

/// A logarithmic axis over whole decades.
struct Axis {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void Cover(double value) {
    if (value <= 0) return;
    low = std::min(low, std::floor(std::log10(value)));
    high = std::max(high, std::ceil(std::log10(value)));
  }
  double Share(double value) const {
    return (std::log10(std::max(value, 1e-9)) - low) / std::max(1.0, high - low);
  }
};

std::string Plot(const Picture& picture, int left, int top) {
  Axis x_axis, y_axis;
  for (const Curve* curve : picture) {
    for (const CurvePoint& point : curve->points) {
      x_axis.Cover(point.x);
      y_axis.Cover(point.cost);
    }
  }
  const auto x_of = [&](double x) { return left + kPlotLeft + kPlotWidth * x_axis.Share(x); };
  const auto y_of = [&](double cost) {
    return top + kPlotTop + kPlotHeight * (1 - y_axis.Share(cost));
  };
  std::string svg = fmt::format(
      "<text x=\"{}\" y=\"{}\" font-weight=\"bold\">{}</text>\n<text x=\"{}\" y=\"{}\">{} by "
      "{}</text>\n",
      left + 4, top + 12, EscapeSvgText(picture[0]->picture), left + 4, top + 26,
      EscapeSvgText(picture[0]->unit), EscapeSvgText(picture[0]->axis));
  for (double decade = x_axis.low; decade <= x_axis.high; ++decade) {
    const double x = x_of(std::pow(10, decade));
    svg += fmt::format(
        "<line x1=\"{0:.1f}\" y1=\"{1}\" x2=\"{0:.1f}\" y2=\"{2}\" stroke=\"#dddddd\"/><text "
        "x=\"{0:.1f}\" "
        "y=\"{3}\" text-anchor=\"middle\">{4:g}</text>\n",
        x, top + kPlotTop, top + kPlotTop + kPlotHeight, top + kPlotTop + kPlotHeight + 13,
        std::pow(10, decade));
  }
  for (double decade = y_axis.low; decade <= y_axis.high; ++decade) {
    const double y = y_of(std::pow(10, decade));
    svg += fmt::format(
        "<line x1=\"{0}\" y1=\"{1:.1f}\" x2=\"{2}\" y2=\"{1:.1f}\" stroke=\"#dddddd\"/><text "
        "x=\"{3}\" "
        "y=\"{4:.1f}\" text-anchor=\"end\">{5:g}</text>\n",
        left + kPlotLeft, y, left + kPlotLeft + kPlotWidth, left + kPlotLeft - 4, y + 4,
        std::pow(10, decade));
  }
  for (size_t i = 0; i < picture.size(); ++i) {
    const char* colour = SvgColour(i);
    std::string path;
    for (const CurvePoint& point : picture[i]->points) {
      path += fmt::format("{:.1f},{:.1f} ", x_of(point.x), y_of(point.cost));
      svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\" fill=\"{}\"/>\n",
                         x_of(point.x), y_of(point.cost), colour);
    }
    const auto exponent = GrowthExponent(*picture[i]);
    svg += fmt::format(
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\"/>\n<text "
        "x=\"{}\" y=\"{}\" "
        "fill=\"{}\">{}{}</text>\n",
        path, colour, left + kPlotLeft + static_cast<int>(i) * 130,
        top + kPlotTop + kPlotHeight + 28, colour, EscapeSvgText(picture[i]->line),
        exponent ? fmt::format(", x^{:.2f}", *exponent) : "");
  }
  return svg;
}

}  // namespace

std::string CurveChart(const std::vector<Curve>& curves, const std::string& title) {
  const std::vector<Picture> pictures = PicturesOf(curves);
  const int rows = (static_cast<int>(pictures.size()) + kColumns - 1) / kColumns;
  std::string svg =
      SvgHead(kColumns * kCellWidth, kTop + rows * kCellHeight, /*font_size=*/11, title);
  for (size_t i = 0; i < pictures.size(); ++i) {
    const int column = static_cast<int>(i) % kColumns;
    const int row = static_cast<int>(i) / kColumns;
    svg += Plot(pictures[i], column * kCellWidth, kTop + row * kCellHeight);
  }
  return svg + "</svg>\n";
}

}  // namespace silverback

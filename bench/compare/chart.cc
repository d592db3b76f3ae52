#include "bench/compare/chart.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "bench/compare/svg.h"

namespace silverback {
namespace {

constexpr int kLabelWidth = 330;
constexpr int kPlotWidth = 480;
constexpr int kBarHeight = 12;
constexpr int kTop = 64;
constexpr double kLowest = 0.1;  // ratios beyond are drawn at the edge and named
constexpr double kHighest = 1000;

double Position(double ratio) {
  const double clamped = std::clamp(ratio, kLowest, kHighest);
  return kLabelWidth + kPlotWidth * std::log10(clamped / kLowest) / std::log10(kHighest / kLowest);
}

/// A label and a ratio to each peer.
struct Bars {
  std::string label;
  std::vector<std::optional<double>> ratios;
};

std::vector<Bars> BarsOf(const ComparisonReport& report,
                         const std::vector<std::string>& contenders) {
  std::vector<Bars> bars;
  for (const std::string& group : report.Groups()) {
    if (group.empty()) {
      for (const auto& row : report.rows()) {
        if (!row.group.empty()) continue;
        Bars one{row.name, {}};
        for (size_t i = 1; i < contenders.size(); ++i) {
          one.ratios.push_back(ComparisonReport::Ratio(row, contenders[0], contenders[i]));
        }
        bars.push_back(std::move(one));
      }
      continue;
    }
    Bars one{group + ", median", {}};
    for (size_t i = 1; i < contenders.size(); ++i) {
      const auto spread = report.GroupRatio(group, contenders[0], contenders[i]);
      one.ratios.push_back(spread ? std::optional(spread->median) : std::nullopt);
    }
    bars.push_back(std::move(one));
  }
  return bars;
}

}  // namespace

std::string RatioChart(const ComparisonReport& report, const std::vector<std::string>& contenders,
                       const std::string& title) {
  const std::vector<Bars> all = BarsOf(report, contenders);
  const auto peers = static_cast<int>(contenders.size()) - 1;
  const int row_height = kBarHeight * peers + 8;
  const int height = kTop + row_height * static_cast<int>(all.size()) + 16;
  std::string svg = SvgHead(kLabelWidth + kPlotWidth + 80, height, /*font_size=*/12, title);
  for (int i = 0; i < peers; ++i) {
    svg += fmt::format(
        "<rect x=\"{}\" y=\"30\" width=\"10\" height=\"10\" fill=\"{}\"/><text x=\"{}\" "
        "y=\"39\">{}</text>\n",
        8 + i * 170, SvgColour(static_cast<size_t>(i)), 22 + i * 170,
        EscapeSvgText("ahead of " + contenders[static_cast<size_t>(i) + 1]));
  }
  for (const double tick : {0.1, 1.0, 10.0, 100.0, 1000.0}) {
    svg += fmt::format(
        "<line x1=\"{0:.1f}\" y1=\"{1}\" x2=\"{0:.1f}\" y2=\"{2}\" stroke=\"{3}\"/><text "
        "x=\"{0:.1f}\" y=\"{4}\" "
        "text-anchor=\"middle\">{5} x</text>\n",
        Position(tick), kTop - 6, height - 8, tick == 1 ? "#000000" : "#cccccc", kTop - 10, tick);
  }
  for (size_t r = 0; r < all.size(); ++r) {
    const int top = kTop + static_cast<int>(r) * row_height;
    svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n", kLabelWidth - 8,
                       top + row_height / 2 + 2, EscapeSvgText(all[r].label));
    for (size_t i = 0; i < all[r].ratios.size(); ++i) {
      if (!all[r].ratios[i]) continue;
      const double at = Position(*all[r].ratios[i]);
      const double one = Position(1);
      const int y = top + static_cast<int>(i) * kBarHeight;
      svg += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\" fill=\"{}\"/><text "
          "x=\"{:.1f}\" y=\"{}\" "
          "font-size=\"10\">{:.3g}</text>\n",
          std::min(at, one), y, std::abs(at - one) + 0.5, kBarHeight - 2, SvgColour(i),
          std::max(at, one) + 4, y + kBarHeight - 3, *all[r].ratios[i]);
    }
  }
  return svg + "</svg>\n";
}

}  // namespace silverback

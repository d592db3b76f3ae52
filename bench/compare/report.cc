#include "bench/compare/report.h"

#include <algorithm>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace silverback {
namespace {

std::string FormatFigure(double value) {
  if (value == 0 || value >= 100) return fmt::format("{:.0f}", value);
  return value >= 10 ? fmt::format("{:.1f}", value) : fmt::format("{:.2f}", value);
}

std::string FormatRatio(std::optional<double> ratio) {
  return ratio ? FormatFigure(*ratio) + " x" : "-";
}

std::string Line(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + cell + " |";
  return line + "\n";
}

}  // namespace

void ComparisonReport::Set(const std::string& group, const std::string& row, Better better,
                           const std::string& contender, double value) {
  auto found = std::find_if(rows_.begin(), rows_.end(),
                            [&](const Row& one) { return one.group == group && one.name == row; });
  if (found == rows_.end()) found = rows_.insert(rows_.end(), Row{group, row, better, {}});
  found->values[contender] = value;
}

void ComparisonReport::Note(const std::string& contender, const std::string& text) {
  notes_[contender].push_back(text);
}

std::optional<double> ComparisonReport::Ratio(const Row& row, const std::string& ours,
                                              const std::string& peer) {
  const auto mine = row.values.find(ours);
  const auto theirs = row.values.find(peer);
  if (mine == row.values.end() || theirs == row.values.end() || mine->second <= 0 ||
      theirs->second <= 0)
    return {};
  return row.better == Better::kSmaller ? theirs->second / mine->second
                                        : mine->second / theirs->second;
}

std::optional<ComparisonReport::Spread> ComparisonReport::GroupRatio(
    const std::string& group, const std::string& ours, const std::string& peer) const {
  std::vector<double> ratios;
  for (const Row& row : rows_) {
    if (row.group != group) continue;
    if (const auto ratio = Ratio(row, ours, peer)) ratios.push_back(*ratio);
  }
  if (ratios.empty()) return {};
  std::sort(ratios.begin(), ratios.end());
  const size_t middle = ratios.size() / 2;
  const double median =
      ratios.size() % 2 == 1 ? ratios[middle] : (ratios[middle - 1] + ratios[middle]) / 2;
  return Spread{median, ratios.front()};
}

std::vector<std::string> ComparisonReport::Groups() const {
  std::vector<std::string> groups;
  for (const Row& row : rows_) {
    if (std::find(groups.begin(), groups.end(), row.group) == groups.end())
      groups.push_back(row.group);
  }
  return groups;
}

std::string ComparisonReport::Table(const std::vector<std::string>& contenders) const {
  std::vector<std::string> header{"what"};
  std::vector<std::string> rule{"---"};
  for (const std::string& name : contenders) header.push_back(name);
  for (size_t i = 1; i < contenders.size(); ++i) header.push_back("ahead of " + contenders[i]);
  rule.resize(header.size(), "---:");
  std::string text = Line(header) + Line(rule);
  for (const std::string& group : Groups()) {
    size_t rows = 0;
    for (const Row& row : rows_) {
      if (row.group != group) continue;
      ++rows;
      std::vector<std::string> cells{group.empty() ? row.name : group + ": " + row.name};
      for (const std::string& name : contenders) {
        const auto value = row.values.find(name);
        cells.push_back(value == row.values.end() ? "n/a" : FormatFigure(value->second));
      }
      for (size_t i = 1; i < contenders.size(); ++i)
        cells.push_back(FormatRatio(Ratio(row, contenders[0], contenders[i])));
      text += Line(cells);
    }
    if (rows < 2 || group.empty()) continue;
    std::vector<std::string> cells{"**" + group + ": median (least)**"};
    cells.resize(1 + contenders.size());
    for (size_t i = 1; i < contenders.size(); ++i) {
      const auto spread = GroupRatio(group, contenders[0], contenders[i]);
      cells.push_back(spread ? fmt::format("**{} ({})**", FormatRatio(spread->median),
                                           FormatRatio(spread->least))
                             : "-");
    }
    text += Line(cells);
  }
  for (const auto& [contender, notes] : notes_) {
    for (const std::string& note : notes) text += fmt::format("\n{}: {}\n", contender, note);
  }
  return text;
}

std::string ComparisonReport::Json() const {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Row& row : rows_) {
    rows.push_back({{"group", row.group},
                    {"name", row.name},
                    {"better", row.better == Better::kSmaller ? "smaller" : "larger"},
                    {"values", row.values}});
  }
  return nlohmann::ordered_json{{"rows", rows}, {"notes", notes_}}.dump(2);
}

}  // namespace silverback

// The figures of a comparison, and the forms in which they are shown.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace silverback {

/// Figures by row and contender, in the order in which rows were first set.
class ComparisonReport {
 public:
  enum class Better { kSmaller, kLarger };

  struct Row {
    std::string group;  // rows of a group stand together; "" = the first
    std::string name;
    Better better;
    std::map<std::string, double> values;  // by contender
  };

  void Set(const std::string& group, const std::string& row, Better better,
           const std::string& contender, double value);
  /// Something that has to be said of a contender: what it refused, what could not be measured.
  void Note(const std::string& contender, const std::string& text);

  /// How many times better `ours` is than `peer`; nothing where one of the figures is missing or zero.
  static std::optional<double> Ratio(const Row& row, const std::string& ours,
                                     const std::string& peer);
  /// The median and the least ratio over the rows of a group; nothing if there are none.
  struct Spread {
    double median;
    double least;
  };
  std::optional<Spread> GroupRatio(const std::string& group, const std::string& ours,
                                   const std::string& peer) const;

  const std::vector<Row>& rows() const { return rows_; }
  /// Groups in the order of their first row.
  std::vector<std::string> Groups() const;

  /// Markdown: a line a row with each contender's figure and, for each but the first contender, how many times better
  /// the first is; behind each group of more than one row the median and the least of these ratios; then the notes.
  std::string Table(const std::vector<std::string>& contenders) const;
  /// {"rows": [{"group", "name", "better", "values": {contender: value}}], "notes": {contender: [text]}}
  std::string Json() const;

 private:
  std::vector<Row> rows_;
  std::map<std::string, std::vector<std::string>> notes_;
};

}  // namespace silverback

#include "script.h"

#include <re2/re2.h>

#include "query/syntax/parser.h"
#include "query/syntax/text.h"

namespace silverback::promqltest {
namespace {

std::string_view Trim(std::string_view text) {
  const size_t start = text.find_first_not_of(" \t\r");
  if (start == text.npos) return {};
  return text.substr(start, text.find_last_not_of(" \t\r") - start + 1);
}

std::vector<std::string_view> TrimmedLines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (true) {
    const size_t end = text.find('\n');
    const std::string_view line = Trim(text.substr(0, end));
    lines.push_back(line.starts_with('#') ? std::string_view() : line);
    if (end == text.npos) return lines;
    text.remove_prefix(end + 1);
  }
}

re2::StringPiece Piece(std::string_view text) {
  return {text.data(), text.size()};
}

class ScriptParser {
 public:
  explicit ScriptParser(std::string_view text) : lines_(TrimmedLines(text)) {}

  StatusOr<std::vector<Command>> Parse() {
    std::vector<Command> commands;
    for (; index_ < lines_.size(); ++index_) {
      const std::string_view line = lines_[index_];
      if (line.empty()) continue;
      const size_t command_line = index_ + 1;
      const Status status = ParseCommand(line, &commands);
      if (!status.ok()) {
        return WithContext(status,
                           fmt::format("line {} (command of line {})", index_ + 1, command_line));
      }
    }
    return commands;
  }

 private:
  int line_number() const { return static_cast<int>(index_) + 1; }

  Status ParseCommand(std::string_view line, std::vector<Command>* commands) {
    if (line == "clear") {
      commands->push_back(ClearCommand{line_number()});
      return absl::OkStatus();
    }
    if (line.starts_with("load")) {
      ASSIGN_OR_RETURN(LoadCommand load, ParseLoad(line));
      commands->push_back(std::move(load));
      return absl::OkStatus();
    }
    if (line.starts_with("delete")) {
      ASSIGN_OR_RETURN(DeleteCommand deletion, ParseDelete(line));
      commands->push_back(std::move(deletion));
      return absl::OkStatus();
    }
    if (line.starts_with("eval")) {
      ASSIGN_OR_RETURN(EvalCommand eval, ParseEval(line));
      commands->push_back(std::move(eval));
      return absl::OkStatus();
    }
    return InvalidArgument("unknown command {}", Quote(line));
  }

  /// The next line of the block that a command begins, or nothing at its end.
  std::string_view NextOfBlock() {
    if (index_ + 1 >= lines_.size() || lines_[index_ + 1].empty()) return {};
    return lines_[++index_];
  }

  StatusOr<LoadCommand> ParseLoad(std::string_view line) {
    static const RE2 kPattern(R"(load(_with_nhcb)?\s+(\S+))");
    std::string native;
    std::string interval;
    if (!RE2::FullMatch(Piece(line), kPattern, &native, &interval)) {
      return InvalidArgument("bad load command {}", Quote(line));
    }
    LoadCommand load{.line = line_number(), .with_native = !native.empty()};
    ASSIGN_OR_RETURN(load.interval_ms, syntax::ParseDurationMs(interval));
    for (std::string_view series = NextOfBlock(); !series.empty(); series = NextOfBlock()) {
      constexpr std::string_view kStarts = "@st";
      ASSIGN_OR_RETURN(auto parts, SplitMetric(series));
      if (!parts.second.starts_with(kStarts)) {
        ASSIGN_OR_RETURN(SeriesLine parsed, ParseSeriesLine(series));
        load.series.push_back(std::move(parsed));
        continue;
      }
      parts.second.remove_prefix(kStarts.size());
      ASSIGN_OR_RETURN(SeriesLine parsed, ParseWithStarts(parts.first, parts.second));
      load.series.push_back(std::move(parsed));
    }
    return load;
  }

  /// A `metric@st` line's series, whose values stand in the next line.
  StatusOr<SeriesLine> ParseWithStarts(std::string_view metric, std::string_view sequence) {
    ASSIGN_OR_RETURN(const LabelSet labels, syntax::ParseMetric(metric));
    ASSIGN_OR_RETURN(auto starts, ParseStarts(sequence));
    ASSIGN_OR_RETURN(SeriesLine series, ParseSeriesLine(NextOfBlock()));
    if (series.labels != labels) {
      return InvalidArgument("start timestamps of {} stand before {}", Quote(metric),
                             Quote(series.labels.ToString()));
    }
    if (series.values.size() != starts.size()) {
      return InvalidArgument("{} start timestamps of {} values", starts.size(),
                             series.values.size());
    }
    series.starts = std::move(starts);
    return series;
  }

  StatusOr<DeleteCommand> ParseDelete(std::string_view line) {
    static const RE2 kPattern(R"(delete\s+from\s+(\S+)\s+to\s+(\S+)\s+(.+))");
    std::string first;
    std::string last;
    std::string selector;
    if (!RE2::FullMatch(Piece(line), kPattern, &first, &last, &selector)) {
      return InvalidArgument("bad delete command {}", Quote(line));
    }
    DeleteCommand deletion{.line = line_number()};
    ASSIGN_OR_RETURN(deletion.range.min_ms, syntax::ParseDurationMs(first));
    ASSIGN_OR_RETURN(deletion.range.max_ms, syntax::ParseDurationMs(last));
    ASSIGN_OR_RETURN(deletion.matchers, syntax::ParseMetricSelector(selector));
    return deletion;
  }

  StatusOr<EvalCommand> ParseEval(std::string_view line) {
    static const RE2 kInstant(
        R"(eval(?:_(fail|warn|ordered|info))?\s+instant\s+at\s+(\S+)\s+(.+))");
    static const RE2 kRange(
        R"(eval(?:_(fail|warn|info))?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.+))");
    EvalCommand eval{.line = line_number()};
    std::string mode;
    std::string start;
    std::string end;
    std::string step;
    if (RE2::FullMatch(Piece(line), kInstant, &mode, &start, &eval.query)) {
      eval.instant = true;
      end = start;
      step = "1ms";
    } else if (!RE2::FullMatch(Piece(line), kRange, &mode, &start, &end, &step, &eval.query)) {
      return InvalidArgument("bad eval command {}", Quote(line));
    }
    ASSIGN_OR_RETURN(eval.grid, ParseGrid(start, end, step));
    eval.expect_fail = mode == "fail";
    eval.expect_warn = mode == "warn";
    eval.expect_info = mode == "info";
    eval.expect_ordered = mode == "ordered";
    int position = 0;
    // A scalar is all that can be expected: another command may follow at once.
    while (!eval.expects_scalar) {
      const std::string_view next = NextOfBlock();
      if (next.empty()) break;
      RETURN_IF_ERROR(ParseExpected(next, &position, &eval));
    }
    return eval;
  }

  static StatusOr<StepGrid> ParseGrid(const std::string& start, const std::string& end,
                                      const std::string& step) {
    StepGrid grid;
    ASSIGN_OR_RETURN(grid.start_ms, syntax::ParseDurationMs(start));
    ASSIGN_OR_RETURN(grid.end_ms, syntax::ParseDurationMs(end));
    ASSIGN_OR_RETURN(grid.step_ms, syntax::ParseDurationMs(step));
    if (grid.end_ms < grid.start_ms || grid.step_ms <= 0) {
      return InvalidArgument("from {} to {} step {} is no range", start, end, step);
    }
    return grid;
  }

  Status ParseExpected(std::string_view line, int* position, EvalCommand* eval) {
    static const RE2 kRangeVector(
        R"(expect range vector\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+))");
    std::string start;
    std::string end;
    std::string step;
    if (RE2::FullMatch(Piece(line), kRangeVector, &start, &end, &step)) {
      eval->expects_range_vector = true;
      ASSIGN_OR_RETURN(eval->range_grid, ParseGrid(start, end, step));
      return absl::OkStatus();
    }
    constexpr std::string_view kString = "expect string ";
    if (line.starts_with(kString)) {
      eval->expects_string = true;
      ASSIGN_OR_RETURN(eval->expected_string, syntax::Unquote(line.substr(kString.size())));
      return absl::OkStatus();
    }
    if (line.starts_with("expect ")) return ParseExpectation(line, eval);
    if (line.starts_with("expected_fail_message ") || line.starts_with("expected_fail_regexp ")) {
      return ParseOldFailure(line, eval);
    }
    if (const std::optional<double> number = ParseScalar(line)) {
      eval->expects_scalar = true;
      eval->expected_scalar = *number;
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(SeriesLine series, ParseSeriesLine(line));
    eval->expected.push_back({std::move(series), ++*position});
    return absl::OkStatus();
  }

  static std::optional<double> ParseScalar(std::string_view line) {
    const bool negative = line.starts_with('-');
    if (negative || line.starts_with('+')) line.remove_prefix(1);
    const StatusOr<double> number = syntax::ParseNumber(line);
    if (!number.ok()) return std::nullopt;
    return negative ? -*number : *number;
  }

  static Status ParseExpectation(std::string_view line, EvalCommand* eval) {
    static const RE2 kPattern(
        R"(expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(regex|msg):(.+))?)");
    std::string type;
    std::string match;
    std::string text;
    if (!RE2::FullMatch(Piece(line), kPattern, &type, &match, &text)) {
      return InvalidArgument("bad expectation {}", Quote(line));
    }
    const auto kind = match.empty()    ? Expectation::Kind::kAny
                      : match == "msg" ? Expectation::Kind::kText
                                       : Expectation::Kind::kRegex;
    const Expectation expectation{kind, std::string(Trim(text))};
    if (type == "ordered") eval->expect_ordered = true;
    if (type == "no_warn") eval->expect_no_warn = true;
    if (type == "no_info") eval->expect_no_info = true;
    if (type == "warn") eval->warn.push_back(expectation);
    if (type == "info") eval->info.push_back(expectation);
    if (type == "fail") {
      eval->expect_fail = true;
      eval->fail.push_back(expectation);
    }
    return absl::OkStatus();
  }

  static Status ParseOldFailure(std::string_view line, EvalCommand* eval) {
    const size_t space = line.find(' ');
    const auto kind = line.starts_with("expected_fail_message") ? Expectation::Kind::kText
                                                                : Expectation::Kind::kRegex;
    eval->fail.push_back({kind, std::string(Trim(line.substr(space)))});
    return absl::OkStatus();
  }

  std::vector<std::string_view> lines_;
  size_t index_ = 0;
};

}  // namespace

bool Expectation::Matches(std::string_view actual) const {
  switch (kind) {
    case Kind::kAny:
      return true;
    case Kind::kText:
      return actual == text;
    case Kind::kRegex:
      return RE2::PartialMatch(Piece(actual), RE2(text));
  }
  return false;
}

StatusOr<std::vector<Command>> ParseScript(std::string_view text) {
  return ScriptParser(text).Parse();
}

}  // namespace silverback::promqltest

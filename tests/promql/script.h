// Test scripts of PromQL: files of `load`, `clear` and `eval` commands (README.md describes the format).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "series_notation.h"

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/labels/matcher.h"
#include "query/model/step_grid.h"

namespace silverback::promqltest {

/// `load <interval>`: adds samples, the first of each series at time 0.
struct LoadCommand {
  int line = 0;
  int64_t interval_ms = 0;
  /// Classic histograms are loaded as native ones too.
  bool with_native = false;
  std::vector<SeriesLine> series;
};

struct ClearCommand {
  int line = 0;
};

/// `delete from <first> to <last> <selector>`: deletes samples, both ends included.
struct DeleteCommand {
  int line = 0;
  TimeRange range;
  std::vector<Matcher> matchers;
};

/// What an annotation or an error must say: everything, the exact text, or what a regular expression finds in it.
struct Expectation {
  enum class Kind : uint8_t { kAny, kText, kRegex };
  Kind kind = Kind::kAny;
  std::string text;

  bool Matches(std::string_view actual) const;
};

struct EvalCommand {
  int line = 0;
  std::string query;
  bool instant = false;
  StepGrid grid;

  bool expect_fail = false;
  std::vector<Expectation> fail;  // at most one
  bool expect_ordered = false;
  bool expect_warn = false;  // some warning, whatever it says
  bool expect_info = false;
  std::vector<Expectation> warn;
  std::vector<Expectation> info;
  bool expect_no_warn = false;
  bool expect_no_info = false;

  std::string expected_string;
  bool expects_string = false;
  /// The result is raw samples at the times of `range_grid`.
  bool expects_range_vector = false;
  StepGrid range_grid;
  bool expects_scalar = false;
  double expected_scalar = 0;
  struct ExpectedSeries {
    SeriesLine series;
    int position = 0;  // counted from 1
  };
  std::vector<ExpectedSeries> expected;
};

using Command = std::variant<LoadCommand, ClearCommand, DeleteCommand, EvalCommand>;

/// Reads a script. Errors name the line.
StatusOr<std::vector<Command>> ParseScript(std::string_view text);

}  // namespace silverback::promqltest

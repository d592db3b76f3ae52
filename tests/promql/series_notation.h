// The notation in which test scripts write series: `metric{label="value"} 1 2+3x4 _x2 stale`.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/status.h"
#include "engine/labels/label_set.h"
#include "query/model/float_histogram.h"

namespace silverback::promqltest {

/// One place of a sequence.
struct SequenceValue {
  bool omitted = false;  // `_`
  double value = 0;
  HistogramPtr histogram = nullptr;  // null: `value`
  bool hint_given = false;  // the histogram's notation says something about its counter_reset_hint
};

struct SeriesLine {
  LabelSet labels;
  std::vector<SequenceValue> values;
  /// Of a `load`: for each value its start timestamp less its own time, in ms; or nothing at all.
  std::vector<std::optional<int64_t>> starts = {};
};

/// Reads a series and its values:
///   _  _xN                 nothing, once or N times
///   V  VxN                 a value, once or N + 1 times
///   V+DxN  V-DxN           N + 1 values, D more (or less) each time
///   stale  Inf  NaN        special values
///   {{...}}  {{...}}xN  {{...}}+{{...}}xN   native histograms (histogram_notation.h)
StatusOr<SeriesLine> ParseSeriesLine(std::string_view line);

/// Reads the start timestamps of a `metric@st` line, as `SeriesLine::starts` has them:
///   _  _xN                 none, once or N times
///   D  DxN                 a duration with or without a sign, once or N + 1 times
///   D+DxN  D-DxN           N + 1 durations, each more (or less) than the one before
StatusOr<std::vector<std::optional<int64_t>>> ParseStarts(std::string_view sequence);

/// Splits a line behind its metric (name and braces). The rest may begin with white space.
StatusOr<std::pair<std::string_view, std::string_view>> SplitMetric(std::string_view line);

}  // namespace silverback::promqltest

// What a query answers.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/types.h"
#include "engine/labels/label_set.h"
#include "query/model/column.h"
#include "query/model/float_histogram.h"
#include "query/model/sample_counts.h"
#include "query/model/step_grid.h"

namespace silverback {

/// One series of a range query's answer: its column over the result's grid. At least one step is present.
struct MatrixSeries {
  LabelSet labels;
  Column column;
};

/// A native histogram at a time.
struct HistogramPoint {
  TimestampMs timestamp_ms = 0;
  HistogramPtr histogram;  // never null
};

/// A series' raw samples, floats and histograms apart: an instant query over a range selector (`up[5m]`).
struct RawSeries {
  LabelSet labels;
  std::vector<Sample> samples;
  std::vector<HistogramPoint> histograms;
};

struct VectorSample {
  LabelSet labels;
  TimestampMs timestamp_ms = 0;
  double value = 0;
  std::shared_ptr<const FloatHistogram> histogram;  // if set, the value is this
};

struct MatrixResult {
  StepGrid grid;
  std::vector<MatrixSeries> series;  // sorted by labels
};
struct RawMatrixResult {
  std::vector<RawSeries> series;  // sorted by labels
};
struct VectorResult {
  std::vector<VectorSample> samples;  // in the order of the answer (sort(), topk() matter)
};
struct ScalarResult {
  TimestampMs timestamp_ms = 0;
  double value = 0;
};
struct StringResult {
  TimestampMs timestamp_ms = 0;
  std::string value;
};

/// Counts for `stats=all` and the logs.
struct QueryStatistics {
  uint64_t series_selected = 0;
  QuerySamples samples;       // by step only when asked for
  uint64_t samples_peak = 0;  // upstream's peakSamples
  uint64_t memory_peak_bytes = 0;
  double parse_seconds = 0;
  double queue_seconds = 0;
  double plan_seconds = 0;
  double exec_seconds = 0;
};

struct OperatorProfile;

struct QueryResult {
  std::variant<MatrixResult, RawMatrixResult, VectorResult, ScalarResult, StringResult> value;
  std::vector<std::string> warnings;  // as upstream words them, positions included, sorted
  std::vector<std::string> infos;
  QueryStatistics statistics;
  std::shared_ptr<OperatorProfile> profile = nullptr;  // what each operator did, if asked for
};

}  // namespace silverback

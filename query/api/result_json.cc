#include "query/api/result_json.h"

#include <span>
#include <variant>
#include <vector>

#include "query/api/number_text.h"
#include "query/model/histogram_buckets.h"

namespace silverback {
namespace {

void WriteMetric(JsonWriter& json, const LabelSet& labels) {
  json.Key("metric");
  WriteLabels(json, labels);
}

/// What stands before the values at a grid's times, made once for all series.
std::vector<PointHead> HeadsOf(const StepGrid& grid) {
  std::vector<PointHead> heads;
  const size_t steps = grid.steps();
  heads.reserve(steps);
  for (size_t step = 0; step < steps; ++step) heads.emplace_back(grid.At(step));
  return heads;
}

/// How a bucket's borders belong to it, as Prometheus numbers it.
int64_t BoundaryCode(const HistogramBucket& bucket) {
  if (bucket.lower_inclusive) return bucket.upper_inclusive ? 3 : 1;
  return bucket.upper_inclusive ? 0 : 2;
}

void WriteHistogram(JsonWriter& json, const FloatHistogram& histogram) {
  json.BeginObject();
  json.Key("count");
  json.Value(histogram.count);
  json.Key("sum");
  json.Value(histogram.sum);
  bool any = false;
  for (BucketWalk walk(histogram); walk.Next();) {
    const HistogramBucket& bucket = walk.bucket();
    if (bucket.count == 0) continue;
    if (!any) {
      json.Key("buckets");
      json.BeginArray();
      any = true;
    }
    json.BeginArray();
    json.Integer(BoundaryCode(bucket));
    json.Value(bucket.lower);
    json.Value(bucket.upper);
    json.Value(bucket.count);
    json.EndArray();
  }
  if (any) json.EndArray();
  json.EndObject();
}

/// `[time, {histogram}]`.
void WriteHistogramPoint(JsonWriter& json, std::string_view time, const FloatHistogram& histogram) {
  json.BeginArray();
  json.Number(time);
  WriteHistogram(json, histogram);
  json.EndArray();
}

std::string TimeText(TimestampMs timestamp_ms) {
  std::string text;
  AppendTimestamp(&text, timestamp_ms);
  return text;
}

/// Floats under "values" and histograms under "histograms", each left out where there are none.
void WriteMixedColumn(JsonWriter& json, std::span<const PointHead> heads, const Column& column) {
  bool any_float = false;
  bool any_histogram = false;
  for (size_t step = 0; step < column.steps(); ++step) {
    if (!column.present.Test(step)) continue;
    (column.histograms[step] == nullptr ? any_float : any_histogram) = true;
  }
  if (any_float) {
    json.Key("values");
    json.BeginArray();
    for (size_t step = 0; step < column.steps(); ++step) {
      if (!column.present.Test(step) || column.histograms[step] != nullptr) continue;
      json.Point(heads[step], column.floats[step]);
    }
    json.EndArray();
  }
  if (any_histogram) {
    json.Key("histograms");
    json.BeginArray();
    for (size_t step = 0; step < column.steps(); ++step) {
      const FloatHistogram* histogram = column.HistogramAt(step);
      if (histogram != nullptr) WriteHistogramPoint(json, heads[step].time(), *histogram);
    }
    json.EndArray();
  }
}

void WriteResult(JsonWriter& json, const MatrixResult& matrix) {
  json.BeginArray();
  const std::vector<PointHead> heads = HeadsOf(matrix.series.empty() ? StepGrid{} : matrix.grid);
  for (const MatrixSeries& series : matrix.series) {
    if (!json.ok()) return;
    json.BeginObject();
    WriteMetric(json, series.labels);
    if (series.column.HasHistograms()) {
      WriteMixedColumn(json, heads, series.column);
      json.EndObject();
      continue;
    }
    json.Key("values");
    json.BeginArray();
    const std::span<const uint64_t> words = series.column.present.words();
    for (size_t word = 0; word < words.size(); ++word) {
      for (uint64_t bits = words[word]; bits != 0; bits &= bits - 1) {
        const size_t step = word * 64 + static_cast<size_t>(std::countr_zero(bits));
        json.Point(heads[step], series.column.floats[step]);
      }
    }
    json.EndArray();
    json.EndObject();
  }
  json.EndArray();
}

void WriteResult(JsonWriter& json, const RawMatrixResult& matrix) {
  json.BeginArray();
  for (const RawSeries& series : matrix.series) {
    if (!json.ok()) return;
    json.BeginObject();
    WriteMetric(json, series.labels);
    if (!series.samples.empty()) {
      json.Key("values");
      json.BeginArray();
      for (const Sample& sample : series.samples) json.Point(sample.timestamp_ms, sample.value);
      json.EndArray();
    }
    if (!series.histograms.empty()) {
      json.Key("histograms");
      json.BeginArray();
      for (const HistogramPoint& point : series.histograms) {
        WriteHistogramPoint(json, TimeText(point.timestamp_ms), *point.histogram);
      }
      json.EndArray();
    }
    json.EndObject();
  }
  json.EndArray();
}

void WriteResult(JsonWriter& json, const VectorResult& vector) {
  json.BeginArray();
  for (const VectorSample& sample : vector.samples) {
    if (!json.ok()) return;
    json.BeginObject();
    WriteMetric(json, sample.labels);
    if (sample.histogram != nullptr) {
      json.Key("histogram");
      WriteHistogramPoint(json, TimeText(sample.timestamp_ms), *sample.histogram);
    } else {
      json.Key("value");
      json.Point(sample.timestamp_ms, sample.value);
    }
    json.EndObject();
  }
  json.EndArray();
}

/// Upstream writes the times of scalars, strings and statistics as plain JSON numbers: 4.05, where a point has 4.050.
void WritePlainTime(JsonWriter& json, TimestampMs timestamp_ms) {
  json.Float(static_cast<double>(timestamp_ms) / 1000);
}

void WriteResult(JsonWriter& json, const ScalarResult& scalar) {
  std::string text;
  AppendDoubleFixed(&text, scalar.value);
  json.BeginArray();
  WritePlainTime(json, scalar.timestamp_ms);
  json.String(text);
  json.EndArray();
}

void WriteResult(JsonWriter& json, const StringResult& string) {
  json.BeginArray();
  WritePlainTime(json, string.timestamp_ms);
  json.String(string.value);
  json.EndArray();
}

std::string_view ResultTypeName(const QueryResult& result) {
  constexpr std::string_view kNames[] = {"matrix", "matrix", "vector", "scalar", "string"};
  return kNames[result.value.index()];
}

void WriteTimings(JsonWriter& json, const QueryStatistics& statistics) {
  json.BeginObject();
  const auto seconds = [&json](std::string_view key, double value) {
    json.Key(key);
    json.Float(value);
  };
  const double evaluation = statistics.plan_seconds + statistics.exec_seconds;
  seconds("evalTotalTime", evaluation);
  seconds("resultSortTime", 0);
  seconds("queryPreparationTime", statistics.plan_seconds);
  seconds("innerEvalTime", statistics.exec_seconds);
  seconds("execQueueTime", statistics.queue_seconds);
  seconds("execTotalTime", statistics.queue_seconds + evaluation);
  json.EndObject();
}

void WriteByStep(JsonWriter& json, std::string_view name, const SampleCounts& samples,
                 const StepGrid& grid) {
  json.Key(name);
  json.BeginArray();
  for (size_t step = 0; step < samples.by_step.size(); ++step) {
    json.BeginArray();
    WritePlainTime(json, grid.At(step));
    json.Unsigned(samples.by_step[step]);
    json.EndArray();
  }
  json.EndArray();
}

void WriteStatistics(JsonWriter& json, const QueryStatistics& statistics, bool per_step,
                     const StepGrid& grid) {
  json.BeginObject();
  json.Key("timings");
  WriteTimings(json, statistics);
  json.Key("samples");
  json.BeginObject();
  const auto counts = [&](std::string_view name, std::string_view by_step_name,
                          const SampleCounts& samples) {
    if (per_step && !samples.by_step.empty()) WriteByStep(json, by_step_name, samples, grid);
    json.Key(name);
    json.Unsigned(samples.total);
  };
  counts("totalQueryableSamples", "totalQueryableSamplesPerStep", statistics.samples.covered);
  counts("samplesRead", "samplesReadPerStep", statistics.samples.read);
  json.Key("peakSamples");
  json.Unsigned(statistics.samples_peak);
  json.EndObject();
  json.EndObject();
}

}  // namespace

void WriteLabels(JsonWriter& json, const LabelSet& labels) {
  json.Labels(labels);
}

void WriteQueryData(JsonWriter& json, const QueryResult& result, StatisticsDetail detail,
                    const StepGrid& grid) {
  json.BeginObject();
  json.Key("resultType");
  json.String(ResultTypeName(result));
  json.Key("result");
  std::visit([&json](const auto& value) { WriteResult(json, value); }, result.value);
  if (detail != StatisticsDetail::kNone) {
    json.Key("stats");
    WriteStatistics(json, result.statistics, detail == StatisticsDetail::kPerStep, grid);
  }
  if (result.profile != nullptr) {
    json.Key("explain");
    WriteProfile(json, *result.profile);
  }
  json.EndObject();
}

void WriteProfile(JsonWriter& json, const OperatorProfile& profile) {
  json.BeginObject();
  json.Key("operator");
  json.String(profile.name);
  const auto count = [&json](std::string_view key, uint64_t value) {
    json.Key(key);
    json.Unsigned(value);
  };
  if (profile.series_in > 0) {
    count("seriesSelected", profile.series_in);
    count("samples", profile.samples);
    count("blocks", profile.blocks);
    count("factHits", profile.fact_hits);
    count("bytes", profile.bytes);
  }
  count("series", profile.series_out);
  json.Key("seconds");
  json.Float(profile.seconds);
  if (!profile.children.empty()) {
    json.Key("children");
    json.BeginArray();
    for (const auto& child : profile.children) WriteProfile(json, *child);
    json.EndArray();
  }
  json.EndObject();
}

bool TruncateResult(QueryResult* result, size_t limit) {
  if (limit == 0) return false;
  const auto cut = [limit](auto* items) {
    if (items->size() <= limit) return false;
    items->erase(items->begin() + static_cast<std::ptrdiff_t>(limit), items->end());
    return true;
  };
  if (auto* matrix = std::get_if<MatrixResult>(&result->value)) return cut(&matrix->series);
  if (auto* raw = std::get_if<RawMatrixResult>(&result->value)) return cut(&raw->series);
  if (auto* vector = std::get_if<VectorResult>(&result->value)) return cut(&vector->samples);
  return false;
}

}  // namespace silverback

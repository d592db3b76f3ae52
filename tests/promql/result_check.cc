#include "result_check.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "engine/base/value.h"

namespace silverback::promqltest {
namespace {

/// Expected series by labels, each to be found once.
class ExpectedSet {
 public:
  explicit ExpectedSet(const EvalCommand& eval) {
    for (const auto& expected : eval.expected) by_labels_[expected.series.labels] = &expected;
  }

  /// The expected series of these labels, or an error.
  StatusOr<const EvalCommand::ExpectedSeries*> Take(const LabelSet& labels) {
    const auto it = by_labels_.find(labels);
    if (it == by_labels_.end()) return InvalidArgument("unexpected series {}", labels.ToString());
    if (it->second == nullptr) return InvalidArgument("series {} twice", labels.ToString());
    const auto* expected = it->second;
    it->second = nullptr;
    return expected;
  }

  Status AllTaken() const {
    for (const auto& [labels, expected] : by_labels_) {
      if (expected != nullptr) return InvalidArgument("series {} is missing", labels.ToString());
    }
    return absl::OkStatus();
  }

 private:
  std::unordered_map<LabelSet, const EvalCommand::ExpectedSeries*> by_labels_;
};

/// A value at a time, or what is expected of it.
struct TimedValue {
  TimestampMs timestamp_ms = 0;
  double value = 0;
  HistogramPtr histogram;   // null: `value`
  bool hint_given = false;  // expected: the hint must be this
};

std::string ValueText(const TimedValue& value) {
  if (value.histogram == nullptr) return fmt::format("{}", value.value);
  FloatHistogram compact = *value.histogram;
  compact.Compact();
  return compact.ToTestNotation();
}

std::string SamplesText(const std::vector<TimedValue>& samples) {
  std::string out;
  for (const TimedValue& sample : samples) {
    out += fmt::format(" {}@{}", ValueText(sample), sample.timestamp_ms);
  }
  return out;
}

bool SameSide(const BucketSide& a, const BucketSide& b) {
  return a.spans == b.spans && std::equal(a.counts.begin(), a.counts.end(), b.counts.begin(),
                                          b.counts.end(), AlmostEqual);
}

bool SameHistogram(FloatHistogram expected, FloatHistogram actual, bool hint_given) {
  expected.Compact();
  actual.Compact();
  return expected.schema == actual.schema && AlmostEqual(expected.count, actual.count) &&
         AlmostEqual(expected.sum, actual.sum) &&
         (!expected.custom() || expected.custom_values == actual.custom_values) &&
         expected.zero_threshold == actual.zero_threshold &&
         AlmostEqual(expected.zero_count, actual.zero_count) &&
         SameSide(expected.negative, actual.negative) &&
         SameSide(expected.positive, actual.positive) &&
         (!hint_given || expected.hint == actual.hint);
}

bool SameValue(const TimedValue& actual, const TimedValue& expected) {
  if ((actual.histogram == nullptr) != (expected.histogram == nullptr)) return false;
  if (actual.histogram == nullptr) return AlmostEqual(actual.value, expected.value);
  return SameHistogram(*expected.histogram, *actual.histogram, expected.hint_given);
}

Status CompareSamples(const LabelSet& labels, const std::vector<TimedValue>& actual,
                      const std::vector<TimedValue>& expected) {
  const bool same = std::equal(actual.begin(), actual.end(), expected.begin(), expected.end(),
                               [](const TimedValue& a, const TimedValue& b) {
                                 return a.timestamp_ms == b.timestamp_ms && SameValue(a, b);
                               });
  if (same) return absl::OkStatus();
  return InvalidArgument("{}: expected{}, got{}", labels.ToString(), SamplesText(expected),
                         SamplesText(actual));
}

/// What a line of values says about a grid.
StatusOr<std::vector<TimedValue>> ExpectedSamples(const SeriesLine& series, const StepGrid& grid) {
  if (series.values.size() > grid.steps()) {
    return InvalidArgument("{} values are expected of {} steps", series.values.size(),
                           grid.steps());
  }
  std::vector<TimedValue> samples;
  for (size_t i = 0; i < series.values.size(); ++i) {
    const SequenceValue& value = series.values[i];
    if (value.omitted) continue;
    samples.push_back({grid.At(i), value.value, value.histogram, value.hint_given});
  }
  return samples;
}

std::vector<TimedValue> SamplesOf(const MatrixSeries& series, const StepGrid& grid) {
  std::vector<TimedValue> samples;
  for (size_t i = 0; i < series.column.steps(); ++i) {
    if (!series.column.present.Test(i)) continue;
    samples.push_back({grid.At(i), series.column.floats[i],
                       series.column.HasHistograms() ? series.column.histograms[i] : nullptr});
  }
  return samples;
}

std::vector<TimedValue> SamplesOf(const RawSeries& series) {
  std::vector<TimedValue> samples;
  for (const Sample& sample : series.samples) {
    samples.push_back({sample.timestamp_ms, sample.value, nullptr});
  }
  for (const HistogramPoint& point : series.histograms) {
    samples.push_back({point.timestamp_ms, 0, point.histogram});
  }
  std::sort(samples.begin(), samples.end(), [](const TimedValue& a, const TimedValue& b) {
    return a.timestamp_ms < b.timestamp_ms;
  });
  return samples;
}

template <typename Series>
Status CheckSorted(const std::vector<Series>& series) {
  for (size_t i = 1; i < series.size(); ++i) {
    if (series[i].labels < series[i - 1].labels) {
      return InvalidArgument("{} stands before {}", series[i - 1].labels.ToString(),
                             series[i].labels.ToString());
    }
  }
  return absl::OkStatus();
}

Status CheckMatrix(const EvalCommand& eval, const MatrixResult& matrix) {
  RETURN_IF_ERROR(CheckSorted(matrix.series));
  ExpectedSet expected(eval);
  for (const MatrixSeries& series : matrix.series) {
    ASSIGN_OR_RETURN(const auto* line, expected.Take(series.labels));
    ASSIGN_OR_RETURN(const auto samples, ExpectedSamples(line->series, eval.grid));
    RETURN_IF_ERROR(CompareSamples(series.labels, SamplesOf(series, matrix.grid), samples));
  }
  return expected.AllTaken();
}

Status CheckRawMatrix(const EvalCommand& eval, const RawMatrixResult& matrix) {
  if (!eval.expects_range_vector && !eval.expected.empty()) {
    return InvalidArgument("the result is a range vector");
  }
  RETURN_IF_ERROR(CheckSorted(matrix.series));
  ExpectedSet expected(eval);
  for (const RawSeries& series : matrix.series) {
    ASSIGN_OR_RETURN(const auto* line, expected.Take(series.labels));
    ASSIGN_OR_RETURN(const auto samples, ExpectedSamples(line->series, eval.range_grid));
    RETURN_IF_ERROR(CompareSamples(series.labels, SamplesOf(series), samples));
  }
  return expected.AllTaken();
}

Status CheckVector(const EvalCommand& eval, const std::vector<VectorSample>& samples) {
  if (eval.expects_scalar) return InvalidArgument("the result is a vector, not a scalar");
  ExpectedSet expected(eval);
  for (size_t i = 0; i < samples.size(); ++i) {
    const VectorSample& sample = samples[i];
    ASSIGN_OR_RETURN(const auto* line, expected.Take(sample.labels));
    if (eval.expect_ordered && line->position != static_cast<int>(i) + 1) {
      return InvalidArgument("{} is expected at place {} and stands at {}",
                             sample.labels.ToString(), line->position, i + 1);
    }
    if (line->series.values.empty()) {
      return InvalidArgument("{} has no expected value", sample.labels.ToString());
    }
    const SequenceValue& value = line->series.values[0];
    const TimedValue expected_value{0, value.value, value.histogram, value.hint_given};
    const TimedValue actual{0, sample.value, sample.histogram};
    if (!SameValue(actual, expected_value)) {
      return InvalidArgument("{}: expected {}, got {}", sample.labels.ToString(),
                             ValueText(expected_value), ValueText(actual));
    }
  }
  return expected.AllTaken();
}

Status CheckScalar(const EvalCommand& eval, double value) {
  if (!eval.expects_scalar) return InvalidArgument("the result is a scalar");
  if (AlmostEqual(eval.expected_scalar, value)) return absl::OkStatus();
  return InvalidArgument("expected scalar {}, got {}", eval.expected_scalar, value);
}

Status CheckAnnotationsOf(std::string_view kind, const std::vector<Expectation>& expected,
                          const std::vector<std::string>& actual) {
  if (expected.empty()) return absl::OkStatus();
  const std::string found = fmt::format("{}", fmt::join(actual, "; "));
  for (const Expectation& expectation : expected) {
    if (std::none_of(actual.begin(), actual.end(),
                     [&](const std::string& text) { return expectation.Matches(text); })) {
      return InvalidArgument("no {} like {} among: {}", kind, Quote(expectation.text), found);
    }
  }
  for (const std::string& text : actual) {
    if (std::none_of(expected.begin(), expected.end(),
                     [&](const Expectation& e) { return e.Matches(text); })) {
      return InvalidArgument("unexpected {}: {}", kind, text);
    }
  }
  return absl::OkStatus();
}

}  // namespace

bool AlmostEqual(double a, double b) {
  constexpr double kEpsilon = 0.000001;
  constexpr double kMinNormal = std::numeric_limits<double>::min();
  if (IsStale(a) || IsStale(b)) return IsStale(a) && IsStale(b);
  if (std::isnan(a) && std::isnan(b)) return true;
  if (a == b) return true;
  const double sum = std::abs(a) + std::abs(b);
  const double difference = std::abs(a - b);
  if (a == 0 || b == 0 || sum < kMinNormal) return difference < kEpsilon * kMinNormal;
  return difference / std::min(sum, std::numeric_limits<double>::max()) < kEpsilon;
}

Status CheckResult(const EvalCommand& eval, const QueryResult& result) {
  if (const auto* matrix = std::get_if<MatrixResult>(&result.value)) {
    if (eval.expect_ordered) return InvalidArgument("a matrix has no order");
    if (eval.expects_scalar) return InvalidArgument("the result is a matrix, not a scalar");
    return CheckMatrix(eval, *matrix);
  }
  if (const auto* raw = std::get_if<RawMatrixResult>(&result.value)) {
    return CheckRawMatrix(eval, *raw);
  }
  if (const auto* vector = std::get_if<VectorResult>(&result.value)) {
    return CheckVector(eval, vector->samples);
  }
  if (const auto* scalar = std::get_if<ScalarResult>(&result.value)) {
    return CheckScalar(eval, scalar->value);
  }
  const std::string& text = std::get<StringResult>(result.value).value;
  if (text == eval.expected_string) return absl::OkStatus();
  return InvalidArgument("expected string {}, got {}", Quote(eval.expected_string), Quote(text));
}

Status CheckStepOfRange(const EvalCommand& eval, const QueryResult& result, TimestampMs time_ms,
                        bool scalar) {
  const auto* matrix = std::get_if<MatrixResult>(&result.value);
  if (matrix == nullptr) return InvalidArgument("a range query's result is no matrix");
  RETURN_IF_ERROR(CheckSorted(matrix->series));
  std::vector<VectorSample> vector;
  for (const MatrixSeries& series : matrix->series) {
    for (const TimedValue& sample : SamplesOf(series, matrix->grid)) {
      if (sample.timestamp_ms == time_ms) {
        vector.push_back({series.labels, time_ms, sample.value, sample.histogram});
      }
    }
  }
  if (!scalar) return CheckVector(eval, vector);
  if (vector.size() != 1) return InvalidArgument("{} series where a scalar is", vector.size());
  return CheckScalar(eval, vector[0].value);
}

Status CheckAnnotations(const EvalCommand& eval, const QueryResult& result) {
  if (eval.expect_warn && result.warnings.empty()) return InvalidArgument("no warning");
  if (eval.expect_info && result.infos.empty()) return InvalidArgument("no info");
  RETURN_IF_ERROR(CheckAnnotationsOf("warning", eval.warn, result.warnings));
  RETURN_IF_ERROR(CheckAnnotationsOf("info", eval.info, result.infos));
  if (eval.expect_no_warn && !result.warnings.empty()) {
    return InvalidArgument("unexpected warning: {}", result.warnings.front());
  }
  if (eval.expect_no_info && !result.infos.empty()) {
    return InvalidArgument("unexpected info: {}", result.infos.front());
  }
  return absl::OkStatus();
}

Status CheckFailure(const EvalCommand& eval, const Status& error) {
  const std::string_view message = MessageOf(error);
  if (!eval.expect_fail) return InvalidArgument("the query failed: {}", message);
  for (const Expectation& expectation : eval.fail) {
    if (!expectation.Matches(message)) {
      return InvalidArgument("expected error {}, got {}", Quote(expectation.text), Quote(message));
    }
  }
  return absl::OkStatus();
}

}  // namespace silverback::promqltest

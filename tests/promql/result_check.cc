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

std::string SamplesText(const std::vector<Sample>& samples) {
  std::string out;
  for (const Sample& sample : samples) {
    out += fmt::format(" {}@{}", sample.value, sample.timestamp_ms);
  }
  return out;
}

Status CompareSamples(const LabelSet& labels, const std::vector<Sample>& actual,
                      const std::vector<Sample>& expected) {
  const bool same =
      std::equal(actual.begin(), actual.end(), expected.begin(), expected.end(),
                 [](const Sample& a, const Sample& b) {
                   return a.timestamp_ms == b.timestamp_ms && AlmostEqual(a.value, b.value);
                 });
  if (same) return absl::OkStatus();
  return InvalidArgument("{}: expected{}, got{}", labels.ToString(), SamplesText(expected),
                         SamplesText(actual));
}

/// What a line of values says about a grid.
StatusOr<std::vector<Sample>> ExpectedSamples(const SeriesLine& series, const StepGrid& grid) {
  if (series.values.size() > grid.steps()) {
    return InvalidArgument("{} values are expected of {} steps", series.values.size(),
                           grid.steps());
  }
  std::vector<Sample> samples;
  for (size_t i = 0; i < series.values.size(); ++i) {
    const SequenceValue& value = series.values[i];
    if (!value.omitted) samples.push_back({grid.At(i), value.value});
  }
  return samples;
}

std::vector<Sample> SamplesOf(const MatrixSeries& series, const StepGrid& grid) {
  std::vector<Sample> samples;
  for (size_t i = 0; i < series.column.steps(); ++i) {
    if (series.column.present.Test(i)) {
      samples.push_back({grid.At(i), series.column.floats[i]});
    }
  }
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
    RETURN_IF_ERROR(CompareSamples(series.labels, series.samples, samples));
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
    if (line->series.values.empty() || !AlmostEqual(line->series.values[0].value, sample.value)) {
      return InvalidArgument("{}: expected {}, got {}", sample.labels.ToString(),
                             line->series.values.empty() ? 0 : line->series.values[0].value,
                             sample.value);
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
    for (const Sample& sample : SamplesOf(series, matrix->grid)) {
      if (sample.timestamp_ms == time_ms) {
        vector.push_back({series.labels, time_ms, sample.value, nullptr});
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

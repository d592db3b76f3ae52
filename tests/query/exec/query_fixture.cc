#include "query_fixture.h"

#include "query/syntax/printer.h"

namespace silverback {

void QueryFixture::Add(std::string_view series, std::vector<double> values) {
  const StatusOr<LabelSet> labels = syntax::ParseMetric(series);
  REQUIRE(labels.ok());
  std::vector<Sample> samples;
  for (const double value : values) {
    samples.push_back({static_cast<TimestampMs>(samples.size()) * 60000, value});
  }
  database_->Add(*labels, samples);
}

Engine& QueryFixture::engine() {
  if (engine_ == nullptr) engine_ = Engine::Create(database_.get(), options_);
  return *engine_;
}

StatusOr<QueryResult> QueryFixture::Instant(std::string_view query, TimestampMs time_ms) {
  QueryRequest request;
  request.query = query;
  request.grid = {time_ms, time_ms, 1};
  request.instant = true;
  request.per_step_statistics = true;
  return engine().Execute(request);
}

StatusOr<QueryResult> QueryFixture::Range(std::string_view query, TimestampMs start_ms,
                                          TimestampMs end_ms, int64_t step_ms) {
  QueryRequest request;
  request.query = query;
  request.grid = {start_ms, end_ms, step_ms};
  request.per_step_statistics = true;
  return engine().Execute(request);
}

namespace {

std::string Number(double value) {
  return syntax::FormatNumber(value);
}

struct ToText {
  std::string operator()(const MatrixResult& matrix) const {
    std::string text;
    for (const MatrixSeries& series : matrix.series) {
      text += series.labels.ToString();
      for (size_t step = 0; step < series.column.steps(); ++step) {
        text += ' ';
        text += series.column.present.Test(step) ? Number(series.column.floats[step]) : "_";
      }
      text += '\n';
    }
    return text;
  }
  std::string operator()(const RawMatrixResult& matrix) const {
    std::string text;
    for (const RawSeries& series : matrix.series) {
      text += series.labels.ToString();
      for (const Sample& sample : series.samples) {
        text += fmt::format(" {}@{}", Number(sample.value), sample.timestamp_ms);
      }
      text += '\n';
    }
    return text;
  }
  std::string operator()(const VectorResult& vector) const {
    std::string text;
    for (const VectorSample& sample : vector.samples) {
      text += fmt::format("{} {}\n", sample.labels.ToString(), Number(sample.value));
    }
    return text;
  }
  std::string operator()(const ScalarResult& scalar) const { return Number(scalar.value); }
  std::string operator()(const StringResult& text) const { return Quote(text.value); }
};

}  // namespace

std::string Text(const StatusOr<QueryResult>& result) {
  if (!result.ok()) return std::string(MessageOf(result.status()));
  return std::visit(ToText(), result->value);
}

}  // namespace silverback

#include "tools/commands/result_output.h"

#include <cmath>
#include <cstdlib>
#include <ctime>
#include <unistd.h>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/labels/label_set.h"
#include "query/api/rfc3339.h"
#include "tools/terminal/graph.h"
#include "tools/terminal/table.h"

namespace silverback {
namespace {

using Json = nlohmann::json;

std::string SeriesName(const Json& metric) {
  LabelSetBuilder builder;
  for (const auto& [name, value] : metric.items()) builder.Set(name, value.get<std::string>());
  return builder.Build().ToString();
}

TimestampMs TimeOf(const Json& point) {
  return std::llround(point.at(0).get<double>() * 1000);
}
std::string ValueOf(const Json& point) {
  return point.at(1).get<std::string>();
}

/// One line of output: series, time, value. A graph draws `drawn`.
struct Row {
  std::string series;
  TimestampMs time_ms;
  std::string value;
  double drawn = 0;
  bool histogram = false;
};

Row FloatRow(const std::string& series, const Json& point) {
  const std::string value = ValueOf(point);
  return {series, TimeOf(point), value, std::strtod(value.c_str(), nullptr)};
}

/// A native histogram as "{count:3, sum:5, (0.5,1]:1, (1,2]:2}". Its mean is what can be drawn of it.
Row HistogramRow(const std::string& series, const Json& point) {
  const Json& histogram = point.at(1);
  const auto& count = histogram.at("count").get_ref<const std::string&>();
  const auto& sum = histogram.at("sum").get_ref<const std::string&>();
  std::string text = fmt::format("{{count:{}, sum:{}", count, sum);
  // Which borders belong to the bucket: the upper, the lower, neither, both.
  constexpr std::string_view kOpening = "([([";
  constexpr std::string_view kClosing = "]))]";
  for (const Json& bucket : histogram.value("buckets", Json::array())) {
    const auto borders = bucket.at(0).get<size_t>();
    text += fmt::format(", {}{},{}{}:{}", kOpening.at(borders), bucket.at(1).get<std::string>(),
                        bucket.at(2).get<std::string>(), kClosing.at(borders),
                        bucket.at(3).get<std::string>());
  }
  const double mean = std::strtod(sum.c_str(), nullptr) / std::strtod(count.c_str(), nullptr);
  return {series, TimeOf(point), text + "}", mean, true};
}

std::vector<Row> RowsOf(const Json& data) {
  const auto& type = data.at("resultType").get_ref<const std::string&>();
  const Json& result = data.at("result");
  std::vector<Row> rows;
  if (type == "scalar" || type == "string") {
    rows.push_back(FloatRow(type, result));
    return rows;
  }
  for (const Json& series : result) {
    const std::string name = SeriesName(series.at("metric"));
    if (series.contains("value")) {
      rows.push_back(FloatRow(name, series.at("value")));
    }
    if (series.contains("histogram")) rows.push_back(HistogramRow(name, series.at("histogram")));
    for (const Json& point : series.value("values", Json::array())) {
      rows.push_back(FloatRow(name, point));
    }
    for (const Json& point : series.value("histograms", Json::array())) {
      rows.push_back(HistogramRow(name, point));
    }
  }
  return rows;
}

std::string CsvField(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string RenderTable(const std::vector<Row>& rows) {
  std::vector<std::vector<std::string>> cells;
  for (const Row& row : rows) cells.push_back({row.series, FormatRfc3339(row.time_ms), row.value});
  return FormatTable({"series", "time", ">value"}, cells);
}

std::string RenderCsv(const std::vector<Row>& rows) {
  std::string out = "series,time,value\n";
  for (const Row& row : rows) {
    out += fmt::format("{},{},{}\n", CsvField(row.series), FormatRfc3339(row.time_ms),
                       CsvField(row.value));
  }
  return out;
}

std::string RenderGraph(const std::vector<Row>& rows, TimeRange range) {
  std::vector<GraphSeries> series;
  for (const Row& row : rows) {
    const std::string name = row.histogram ? row.series + " (mean)" : row.series;
    if (series.empty() || series.back().name != name) series.push_back({name, {}, {}});
    series.back().times.push_back(row.time_ms);
    series.back().values.push_back(row.drawn);
  }
  return DrawGraph(series, range, {.colour = isatty(STDOUT_FILENO) != 0});
}

}  // namespace

StatusOr<OutputFormat> ParseOutputFormat(std::string_view name) {
  if (name == "table") return OutputFormat::kTable;
  if (name == "json") return OutputFormat::kJson;
  if (name == "csv") return OutputFormat::kCsv;
  if (name == "graph") return OutputFormat::kGraph;
  return InvalidArgument("there is no output format '{}': table, json, csv or graph", name);
}

StatusOr<std::string> RenderResult(const std::string& body, OutputFormat format, TimeRange range) {
  if (format == OutputFormat::kJson) return body + "\n";
  try {
    const std::vector<Row> rows = RowsOf(Json::parse(body).at("data"));
    if (format == OutputFormat::kCsv) return RenderCsv(rows);
    if (format == OutputFormat::kGraph) return RenderGraph(rows, range);
    return rows.empty() ? std::string("(no series)\n") : RenderTable(rows);
  } catch (const std::exception& error) {
    return Error(absl::StatusCode::kInternal, "the answer cannot be read: {}", error.what());
  }
}

std::string RenderNotices(const std::string& body) {
  const Json answer = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  std::string out;
  for (const char* kind : {"warnings", "infos"}) {
    if (!answer.is_object() || !answer.contains(kind)) continue;
    for (const Json& notice : answer[kind]) out += notice.get<std::string>() + "\n";
  }
  return out;
}

StatusOr<std::string> RenderList(const std::string& body, OutputFormat format) {
  if (format == OutputFormat::kJson) return body + "\n";
  try {
    std::string out;
    const Json answer = Json::parse(body);
    for (const Json& item : answer.at("data")) {
      const std::string text = item.is_string() ? item.get<std::string>() : SeriesName(item);
      out += (format == OutputFormat::kCsv ? CsvField(text) : text) + "\n";
    }
    return out;
  } catch (const std::exception& error) {
    return Error(absl::StatusCode::kInternal, "the answer cannot be read: {}", error.what());
  }
}

}  // namespace silverback

#include "small_database.h"

#include <cmath>
#include <limits>
#include <map>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "engine/base/value.h"
#include "tools/commands/api_source.h"

namespace silverback {
namespace {

using Labels = std::vector<Label>;

void Commit(Appender* appender) {
  const auto result = appender->Commit();
  INFO(MessageOf(result.status()));
  REQUIRE(result.ok());
  REQUIRE(result->rejected.empty());
}

std::string KeyOf(const Labels& labels) {
  std::string key;
  for (const Label& label : labels) {
    key.append(label.name).append("=").append(label.value).append(";");
  }
  return key;
}

template <typename Value>
void Append(Appender* appender, TimestampMs begin_ms, TimestampMs end_ms, const Labels& labels,
            const Value& value) {
  std::vector<Sample> samples;
  for (TimestampMs t = begin_ms; t < end_ms; t += kSmallIntervalMs) {
    samples.push_back({t, value((t - kSmallStartMs) / kSmallIntervalMs)});
  }
  appender->AppendNew(KeyOf(labels), labels, samples);
}

void AppendHistograms(Appender* appender, TimestampMs begin_ms, TimestampMs end_ms,
                      const Labels& labels, NativeHistogram (*value)(int64_t)) {
  std::vector<HistogramSample> samples;
  for (TimestampMs t = begin_ms; t < end_ms; t += kSmallIntervalMs) {
    samples.push_back({t, value((t - kSmallStartMs) / kSmallIntervalMs)});
  }
  appender->AppendNew(KeyOf(labels), labels, {}, samples);
}

double Load(int64_t i, int instance) {
  if (i % 97 == 96) return ValueOf(kStaleNanBits);
  if (i % 331 == 5) return std::numeric_limits<double>::quiet_NaN();
  return std::sin(static_cast<double>(i) / 50) * instance + 0.1;
}

/// A counter of native histograms: now and then one more bucket, a staleness marker, a reset.
NativeHistogram Waits(int64_t i) {
  if (i % 89 == 88) return NativeHistogram::StaleMarker();
  const auto n = static_cast<uint64_t>(i % 400);
  NativeHistogram histogram;
  histogram.schema = 1;
  histogram.zero_threshold = 0.5;
  histogram.zero_count = n;
  histogram.positive_spans = {{1, i % 200 < 100 ? 2u : 3u}};
  histogram.positive_counts = {2 * n, 5 * n};
  if (i % 200 >= 100) histogram.positive_counts.push_back(n);
  for (const HistogramCount count : histogram.positive_counts) histogram.count += count;
  histogram.count += n;
  histogram.sum = static_cast<double>(n) * 11.25;
  return histogram;
}

constexpr const char* kInstances[] = {"a:1", "b:1", "c:1"};

std::string Seconds(TimestampMs t) {
  return std::to_string(t / 1000);
}

const std::map<std::string, std::vector<Parameters>>& Questions() {
  static const std::string kStart = Seconds(kSmallStartMs);
  static const std::string kEnd = Seconds(kSmallEndMs);
  static const std::map<std::string, std::vector<Parameters>> kQuestions = [] {
    std::map<std::string, std::vector<Parameters>> questions;
    for (const char* query :
         {"requests_total", "rate(requests_total[5m])",
          "sum by (code) (increase(requests_total[1h]))", "load", "avg_over_time(load[10m])",
          "max_over_time(load[1h]) - min_over_time(load[1h])",
          "histogram_quantile(0.9, sum by (le) (rate(latency_seconds_bucket[10m])))",
          "topk(2, load) or absent(nothing)", "count_over_time({__name__=~\".+\"}[30m])",
          "resets(requests_total[2h])", "quantile_over_time(0.3, load[20m])", "{\"disk.free\"}",
          "requests_total{instance!=\"a:1\"} offset 1h", "stddev_over_time(requests_total[15m:1m])",
          "count({__name__!=\"\"})", "waits", "histogram_quantile(0.9, rate(waits[10m]))"}) {
      questions["/api/v1/query_range"].push_back(
          {{"query", query}, {"start", kStart}, {"end", kEnd}, {"step", "47"}});
      questions["/api/v1/query"].push_back({{"query", query}, {"time", kEnd}});
    }
    for (const char* query :
         {"requests_total[8h]", "load[8h]", "{\"disk.free\"}[8h]", "latency_seconds_bucket[8h]"}) {
      questions["/api/v1/query"].push_back({{"query", query}, {"time", kEnd}});
    }
    const Parameters window{{"start", kStart}, {"end", kEnd}};
    questions["/api/v1/labels"] = {window};
    questions["/api/v1/label/instance/values"] = {window};
    questions["/api/v1/label/__name__/values"] = {window};
    questions["/api/v1/series"] = {
        {{"match[]", "{__name__!=\"\"}"}, {"start", kStart}, {"end", kEnd}}};
    questions["/api/v1/metadata"] = {{}};
    return questions;
  }();
  return kQuestions;
}

}  // namespace

DatabaseOptions SmallOptions(const std::string& path) {
  DatabaseOptions options;
  options.path = path;
  options.background = false;
  options.clock = +[] { return kSmallEndMs; };
  return options;
}

void AddSmallSamples(Database* database, TimestampMs begin_ms, TimestampMs end_ms) {
  const auto appender = database->NewAppender();
  const auto append = [&](const Labels& labels, const auto& value) {
    Append(appender.get(), begin_ms, end_ms, labels, value);
  };
  for (int n = 0; n < 3; ++n) {
    const char* const instance = kInstances[n];
    for (const char* code : {"200", "500"}) {
      append({{"__name__", "requests_total"}, {"code", code}, {"instance", instance}},
             [n](int64_t i) { return static_cast<double>(i % 400) * (n + 1) * 0.7; });
    }
    append({{"__name__", "load"}, {"instance", instance}},
           [n](int64_t i) { return Load(i, n + 1); });
    for (const auto& [le, factor] : {std::pair{"+Inf", 4.0}, {"0.1", 1.0}, {"1", 3.0}}) {
      append({{"__name__", "latency_seconds_bucket"}, {"instance", instance}, {"le", le}},
             [factor = factor](int64_t i) { return factor * static_cast<double>(i); });
    }
  }
  append({{"__name__", "disk.free"}, {"mount point", "/päth"}},
         [](int64_t i) { return 1e9 / (1.0 + static_cast<double>(i)); });
  AppendHistograms(appender.get(), begin_ms, end_ms, {{"__name__", "waits"}}, Waits);
  Commit(appender.get());
}

void MakeSmallDatabase(const std::string& path) {
  auto opened = Database::Open(SmallOptions(path));
  INFO(MessageOf(opened.status()));
  REQUIRE(opened.ok());
  Database* const database = opened->get();
  constexpr TimestampMs kHour = 3600 * 1000;
  const auto add = [&](int from_hour, int to_hour) {
    AddSmallSamples(database, kSmallStartMs + from_hour * kHour, kSmallStartMs + to_hour * kHour);
  };
  add(0, 1);
  REQUIRE(database->Seal().ok());
  add(1, 5);
  REQUIRE(database->Compact({}).ok());
  // Late: the third hour again with other values, shifted between the samples that are there, and on top of some.
  const auto late = database->NewAppender();
  Append(late.get(), kSmallStartMs + 2 * kHour + 7000, kSmallStartMs + 3 * kHour,
         {{"__name__", "load"}, {"instance", "a:1"}}, [](int64_t i) { return -1.0 * i; });
  Append(late.get(), kSmallStartMs + 4 * kHour, kSmallStartMs + 4 * kHour + 300'000,
         {{"__name__", "load"}, {"instance", "b:1"}}, [](int64_t i) { return 1000.0 + i; });
  Commit(late.get());
  add(5, 7);
  REQUIRE(database->Seal().ok());
  add(7, 8);
  const MetricMetadata metadata{"requests", "counter", "Requests \"served\".", ""};
  REQUIRE(database->PutMetadata({&metadata, 1}).ok());
  const Exemplar exemplar{LabelSet{{"trace_id", "abc"}}, 0.5, kSmallStartMs + kHour};
  REQUIRE(database->PutExemplars("__name__=requests_total;code=200;instance=a:1;", {&exemplar, 1})
              .ok());
}

std::vector<std::string> AskSmallDatabase(const std::string& directory, const std::string& url) {
  auto source = OpenSource({.url = url, .directory = url.empty() ? directory : ""});
  INFO(MessageOf(source.status()));
  REQUIRE(source.ok());
  std::vector<std::string> answers;
  for (const auto& [path, requests] : Questions()) {
    for (const Parameters& parameters : requests) {
      const auto body = AskForSuccess(source->get(), path, parameters);
      const std::string question =
          path + (parameters.empty() ? "" : " " + parameters.front().second);
      CAPTURE(question);
      INFO(MessageOf(body.status()));
      REQUIRE(body.ok());
      const auto data = nlohmann::json::parse(*body)["data"];
      // A question that nothing answers compares nothing.
      REQUIRE_FALSE((data.contains("result") ? data["result"] : data).empty());
      answers.push_back(question + ": " + data.dump());
    }
  }
  return answers;
}

}  // namespace silverback

#include "query/api/metric_families.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>

#include "engine/base/check.h"
#include "query/api/number_text.h"

namespace silverback {
namespace {

constexpr std::string_view kHistogram = "histogram";

void AppendEscaped(std::string* out, std::string_view value, bool quotes) {
  for (const char c : value) {
    if (c == '\n') {
      out->append("\\n");
      continue;
    }
    if (c == '\\' || (quotes && c == '"')) out->push_back('\\');
    out->push_back(c);
  }
}

std::string BoundText(double bound) {
  std::string text;
  AppendDouble(&text, bound);
  return text;
}

/// One line of text.
void AppendLine(std::string_view name, std::string_view suffix, const OwnMetric& metric,
                std::string_view le, std::string_view value, std::string* out) {
  out->append(name).append(suffix);
  char separator = '{';
  const auto label = [&](std::string_view key, std::string_view text) {
    out->push_back(separator);
    out->append(key).append("=\"");
    AppendEscaped(out, text, true);
    out->push_back('"');
    separator = ',';
  };
  for (const auto& [key, text] : metric.labels) label(key, text);
  if (!le.empty()) label("le", le);
  if (separator == ',') out->push_back('}');
  out->push_back(' ');
  out->append(value).push_back('\n');
}

void AppendHistogram(std::string_view name, const OwnMetric& metric, std::string* out) {
  for (const OwnMetric::Bucket& bucket : metric.buckets) {
    AppendLine(name, "_bucket", metric, BoundText(bucket.upper_bound),
               std::to_string(bucket.cumulative_count), out);
  }
  AppendLine(name, "_sum", metric, {}, metric.text, out);
  AppendLine(name, "_count", metric, {}, std::to_string(metric.count), out);
}

void WriteLabels(const OwnMetric& metric, JsonWriter& json) {
  if (metric.labels.empty()) return;
  json.Key("label");
  json.BeginArray();
  for (const auto& [name, value] : metric.labels) {
    json.BeginObject();
    json.Key("name");
    json.String(name);
    json.Key("value");
    json.String(value);
    json.EndObject();
  }
  json.EndArray();
}

/// As protobuf's mapping has it: 64-bit integers are strings.
void WriteHistogram(const OwnMetric& metric, JsonWriter& json) {
  json.Key("sampleCount");
  json.String(std::to_string(metric.count));
  json.Key("sampleSum");
  json.Float(metric.value);
  json.Key("bucket");
  json.BeginArray();
  for (const OwnMetric::Bucket& bucket : metric.buckets) {
    if (std::isinf(bucket.upper_bound)) continue;  // the count says it
    json.BeginObject();
    json.Key("cumulativeCount");
    json.String(std::to_string(bucket.cumulative_count));
    json.Key("upperBound");
    json.Float(bucket.upper_bound);
    json.EndObject();
  }
  json.EndArray();
}

}  // namespace

void LatencyHistogram::Observe(double seconds) {
  const auto bound = std::lower_bound(kBoundsSeconds.begin(), kBoundsSeconds.end(), seconds);
  buckets_[static_cast<size_t>(bound - kBoundsSeconds.begin())].fetch_add(
      1, std::memory_order_relaxed);
  sum_ns_.fetch_add(static_cast<uint64_t>(std::max(seconds, 0.0) * 1e9), std::memory_order_relaxed);
}

void MetricFamilies::Family(std::string_view name, std::string_view type, std::string_view help) {
  families_.push_back({std::string(name), std::string(type), std::string(help), {}});
}

OwnMetric& MetricFamilies::Add(Labels labels) {
  SB_DCHECK(!families_.empty());
  OwnMetric& metric = families_.back().metrics.emplace_back();
  for (const auto& [name, value] : labels) metric.labels.emplace_back(name, value);
  return metric;
}

void MetricFamilies::Sample(double value, Labels labels) {
  OwnMetric& metric = Add(labels);
  metric.value = value;
  AppendDouble(&metric.text, value);
}

void MetricFamilies::Sample(uint64_t value, Labels labels) {
  OwnMetric& metric = Add(labels);
  metric.value = static_cast<double>(value);
  AppendInteger(&metric.text, value);
}

void MetricFamilies::Sample(const LatencyHistogram& histogram, Labels labels) {
  OwnMetric& metric = Add(labels);
  for (size_t i = 0; i <= LatencyHistogram::kBoundsSeconds.size(); ++i) {
    metric.count += histogram.bucket(i);
    const double bound = i < LatencyHistogram::kBoundsSeconds.size()
                             ? LatencyHistogram::kBoundsSeconds[i]
                             : std::numeric_limits<double>::infinity();
    metric.buckets.push_back({bound, metric.count});
  }
  metric.value = histogram.sum_seconds();
  AppendDouble(&metric.text, metric.value);
}

void MetricFamilies::Counter(std::string_view name, std::string_view help, uint64_t value) {
  Family(name, "counter", help);
  Sample(value);
}

void MetricFamilies::SecondsCounter(std::string_view name, std::string_view help, double value) {
  Family(name, "counter", help);
  Sample(value);
}

void MetricFamilies::Gauge(std::string_view name, std::string_view help, double value) {
  Family(name, "gauge", help);
  Sample(value);
}

std::string MetricsText(const MetricFamilies& families) {
  std::string out;
  for (const OwnMetricFamily& family : families.families()) {
    out.append("# HELP ").append(family.name).push_back(' ');
    AppendEscaped(&out, family.help, false);
    out.append("\n# TYPE ").append(family.name).append(" ").append(family.type).push_back('\n');
    for (const OwnMetric& metric : family.metrics) {
      if (family.type == kHistogram) {
        AppendHistogram(family.name, metric, &out);
      } else {
        AppendLine(family.name, {}, metric, {}, metric.text, &out);
      }
    }
  }
  return out;
}

void WriteMetricFamily(const OwnMetricFamily& family, JsonWriter& json) {
  json.BeginObject();
  json.Key("name");
  json.String(family.name);
  json.Key("help");
  json.String(family.help);
  json.Key("type");
  std::string type = family.type;
  std::transform(type.begin(), type.end(), type.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  json.String(type);
  json.Key("metric");
  json.BeginArray();
  for (const OwnMetric& metric : family.metrics) {
    json.BeginObject();
    WriteLabels(metric, json);
    json.Key(family.type);
    json.BeginObject();
    if (family.type == kHistogram) {
      WriteHistogram(metric, json);
    } else {
      json.Key("value");
      json.Float(metric.value);
    }
    json.EndObject();
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
}

}  // namespace silverback

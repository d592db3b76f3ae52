#include "query/api/metrics_text.h"

#include <algorithm>

#include "query/api/number_text.h"

namespace silverback {
namespace {

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

}  // namespace

void LatencyHistogram::Observe(double seconds) {
  const auto bound = std::lower_bound(kBoundsSeconds.begin(), kBoundsSeconds.end(), seconds);
  buckets_[static_cast<size_t>(bound - kBoundsSeconds.begin())].fetch_add(
      1, std::memory_order_relaxed);
  sum_ns_.fetch_add(static_cast<uint64_t>(std::max(seconds, 0.0) * 1e9), std::memory_order_relaxed);
}

void MetricsText::Family(std::string_view name, std::string_view type, std::string_view help) {
  out_->append("# HELP ").append(name).push_back(' ');
  AppendEscaped(out_, help, false);
  out_->append("\n# TYPE ").append(name).append(" ").append(type).push_back('\n');
}

void MetricsText::Name(std::string_view name, Labels labels, std::string_view le) {
  out_->append(name);
  char separator = '{';
  const auto label = [&](std::string_view key, std::string_view value) {
    out_->push_back(separator);
    out_->append(key).append("=\"");
    AppendEscaped(out_, value, true);
    out_->push_back('"');
    separator = ',';
  };
  for (const auto& [key, value] : labels) label(key, value);
  if (!le.empty()) label("le", le);
  if (separator == ',') out_->push_back('}');
  out_->push_back(' ');
}

void MetricsText::Sample(std::string_view name, double value, Labels labels) {
  Name(name, labels);
  AppendDouble(out_, value);
  out_->push_back('\n');
}

void MetricsText::Sample(std::string_view name, uint64_t value, Labels labels) {
  Name(name, labels);
  AppendInteger(out_, value);
  out_->push_back('\n');
}

void MetricsText::Counter(std::string_view name, std::string_view help, uint64_t value) {
  Family(name, "counter", help);
  Sample(name, value);
}

void MetricsText::SecondsCounter(std::string_view name, std::string_view help, double value) {
  Family(name, "counter", help);
  Sample(name, value);
}

void MetricsText::Gauge(std::string_view name, std::string_view help, double value) {
  Family(name, "gauge", help);
  Sample(name, value);
}

void MetricsText::HistogramSamples(std::string_view name, const LatencyHistogram& histogram,
                                   Labels labels) {
  const std::string bucket_name = std::string(name) + "_bucket";
  uint64_t count = 0;
  for (size_t i = 0; i <= LatencyHistogram::kBoundsSeconds.size(); ++i) {
    std::string bound = "+Inf";
    if (i < LatencyHistogram::kBoundsSeconds.size()) {
      bound.clear();
      AppendDouble(&bound, LatencyHistogram::kBoundsSeconds[i]);
    }
    count += histogram.bucket(i);
    Name(bucket_name, labels, bound);
    AppendInteger(out_, count);
    out_->push_back('\n');
  }
  Sample(std::string(name) + "_sum", histogram.sum_seconds(), labels);
  Sample(std::string(name) + "_count", count, labels);
}

}  // namespace silverback

#include "classic_conversion.h"

#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "query/functions/float_parse.h"
#include "query/model/float_histogram.h"
#include "query/windows/histogram_reader.h"

namespace silverback::promqltest {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// A classic histogram at one time.
struct Classic {
  std::map<double, double> buckets;  // cumulative counts by upper bound
  std::optional<double> count;
  double sum = 0;
};

StatusOr<FloatHistogram> Convert(const Classic& classic) {
  FloatHistogram h;
  h.schema = FloatHistogram::kCustomSchema;
  h.sum = classic.sum;
  std::map<double, double> buckets = classic.buckets;
  const double last = buckets.empty() ? 0 : buckets.rbegin()->second;
  h.count = classic.count.value_or(last);
  buckets.try_emplace(kInfinity, h.count);
  double before = 0;
  int32_t index = 0;
  int32_t next = 0;
  for (const auto& [bound, cumulative] : buckets) {
    if (cumulative < before) return InvalidArgument("bucket {} falls", bound);
    if (cumulative != before) h.positive.Append(index, cumulative - before, &next);
    if (bound != kInfinity) h.custom_values.push_back(bound);
    before = cumulative;
    ++index;
  }
  if (before != h.count) return InvalidArgument("count {} is not {}", h.count, before);
  return h;
}

/// Takes a suffix off a metric name.
bool TakeSuffix(std::string_view suffix, std::string_view* name) {
  if (!name->ends_with(suffix)) return false;
  name->remove_suffix(suffix.size());
  return true;
}

}  // namespace

StatusOr<std::vector<LoadedSeries>> ConvertClassic(std::span<const LoadedSeries> series) {
  std::map<LabelSet, std::map<TimestampMs, Classic>> all;
  for (const LoadedSeries& one : series) {
    std::string_view name = one.labels.Get(kMetricName);
    const bool bucket = TakeSuffix("_bucket", &name);
    const bool count = !bucket && TakeSuffix("_count", &name);
    if (!bucket && !count && !TakeSuffix("_sum", &name)) continue;
    LabelSetBuilder labels(one.labels);
    labels.Set(kMetricName, name).Delete("le");
    const std::optional<double> bound = ParseFloat(one.labels.Get("le"));
    if (bucket && (!bound || std::isnan(*bound))) continue;
    auto& by_time = all[labels.Build()];
    for (const Sample& sample : one.samples) {
      Classic& classic = by_time[sample.timestamp_ms];
      if (bucket) {
        classic.buckets.emplace(*bound, sample.value);
      } else if (count) {
        classic.count = sample.value;
      } else {
        classic.sum = sample.value;
      }
    }
  }
  std::vector<LoadedSeries> converted;
  for (const auto& [labels, by_time] : all) {
    LoadedSeries native{labels, {}, {}};
    for (const auto& [time, classic] : by_time) {
      ASSIGN_OR_RETURN(const FloatHistogram h, Convert(classic));
      native.histograms.push_back({time, ToNativeHistogram(h)});
    }
    converted.push_back(std::move(native));
  }
  return converted;
}

}  // namespace silverback::promqltest

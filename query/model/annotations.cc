#include "query/model/annotations.h"

#include <algorithm>
#include <ctime>
#include <fmt/format.h>
#include <utility>

#include "engine/labels/label_set.h"
#include "query/model/float_text.h"

namespace silverback {
namespace {

Annotation Warning(std::string text, PositionRange position) {
  return {AnnotationLevel::kWarning, "PromQL warning: " + std::move(text), position, {}};
}

Annotation Info(std::string text, PositionRange position) {
  return {AnnotationLevel::kInfo, "PromQL info: " + std::move(text), position, {}};
}

std::string ForMetric(std::string text, std::string_view metric_name) {
  if (!metric_name.empty()) text += " for metric name " + Quote(metric_name);
  return text;
}

std::string Rfc3339Seconds(TimestampMs time) {
  const std::time_t seconds = time / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

void Widen(Annotation::Monotonicity* m, const Annotation::Monotonicity& other) {
  m->min_ms = std::min(m->min_ms, other.min_ms);
  m->max_ms = std::max(m->max_ms, other.max_ms);
  m->min_bucket = std::min(m->min_bucket, other.min_bucket);
  m->max_bucket = std::max(m->max_bucket, other.max_bucket);
  m->max_difference = std::max(m->max_difference, other.max_difference);
  m->samples += other.samples;
}

void Append(std::vector<std::string>* list, size_t limit, std::string text, size_t* skipped) {
  if (limit == 0 || list->size() < limit) {
    list->push_back(std::move(text));
  } else {
    ++*skipped;
  }
}

}  // namespace

std::string Annotation::ToString(std::string_view query) const {
  std::string result = text;
  if (monotonicity) {
    const Monotonicity& m = *monotonicity;
    result += fmt::format(
        ", from buckets {} to {}, with a max diff of {:.2g}, over {} samples from {} to {}",
        FormatShortest(m.min_bucket), FormatShortest(m.max_bucket), m.max_difference, m.samples,
        Rfc3339Seconds(m.min_ms), Rfc3339Seconds(m.max_ms));
  }
  if (occurrences > 1) result += fmt::format(" ({} occurrences)", occurrences);
  if (position) result += fmt::format(" ({})", StartPosition(*position, query));
  return result;
}

Annotation InvalidQuantileWarning(double quantile, PositionRange position) {
  return Warning(
      fmt::format("quantile value should be between 0 and 1, got {}", FormatShortest(quantile)),
      position);
}

Annotation InvalidRatioWarning(double ratio, double capped_to, PositionRange position) {
  return Warning(fmt::format("ratio value should be between -1 and 1, got {}, capping to {}",
                             FormatShortest(ratio), FormatShortest(capped_to)),
                 position);
}

Annotation BadBucketLabelWarning(std::string_view metric_name, std::string_view label_value,
                                 PositionRange position) {
  return Warning(
      ForMetric(fmt::format("bucket label \"le\" is missing or has a malformed value of {}",
                            Quote(label_value)),
                metric_name),
      position);
}

Annotation MixedFloatsHistogramsWarning(std::string_view metric_name, PositionRange position) {
  return Warning(fmt::format("encountered a mix of histograms and floats for metric name {}",
                             Quote(metric_name)),
                 position);
}

Annotation MixedFloatsHistogramsAggregationWarning(PositionRange position) {
  return Warning("encountered a mix of histograms and floats for aggregation", position);
}

Annotation MixedClassicNativeHistogramsWarning(std::string_view metric_name,
                                               PositionRange position) {
  return Warning(ForMetric("vector contains a mix of classic and native histograms", metric_name),
                 position);
}

Annotation SortInRangeQueryWarning(PositionRange position) {
  return Warning("sort is ineffective for range queries since results are always ordered by labels",
                 position);
}

Annotation PossibleNonCounterInfo(std::string_view metric_name, PositionRange position) {
  return Info(fmt::format("metric might not be a counter, name does not end in "
                          "_total/_sum/_count/_bucket: {}",
                          Quote(metric_name)),
              position);
}

Annotation ForcedMonotonicityInfo(std::string_view metric_name, PositionRange position,
                                  const Annotation::Monotonicity& monotonicity) {
  Annotation annotation =
      Info(ForMetric("input to histogram_quantile needed to be fixed for monotonicity (see "
                     "https://prometheus.io/docs/prometheus/latest/querying/functions/"
                     "#histogram_quantile)",
                     metric_name),
           position);
  annotation.monotonicity = monotonicity;
  return annotation;
}

Annotation IncompatibleTypesInBinaryOperationInfo(std::string_view left_type, std::string_view op,
                                                  std::string_view right_type,
                                                  PositionRange position) {
  return Info(fmt::format("incompatible sample types encountered for binary operator {}: {} {} {}",
                          Quote(op), left_type, op, right_type),
              position);
}

Annotation HistogramIgnoredInAggregationInfo(std::string_view aggregation, PositionRange position) {
  return Info(fmt::format("ignored histogram in {} aggregation", aggregation), position);
}

Annotation HistogramIgnoredInMixedRangeInfo(std::string_view metric_name, PositionRange position) {
  return Info(fmt::format("ignored histograms in a range containing both floats and histograms for "
                          "metric name {}",
                          Quote(metric_name)),
              position);
}

Annotation StartOverlapWarning(std::string_view metric_name, PositionRange position,
                               uint64_t occurrences) {
  Annotation annotation =
      Warning(fmt::format("sample has start time that overlaps with previous sample timestamp "
                          "for metric {}",
                          Quote(metric_name)),
              position);
  annotation.occurrences = occurrences;
  return annotation;
}

Annotation NotCounterHistogramWarning(std::string_view metric_name, PositionRange position) {
  return Warning(
      fmt::format("this native histogram metric is not a counter: {}", Quote(metric_name)),
      position);
}

Annotation NotGaugeHistogramWarning(std::string_view metric_name, PositionRange position) {
  return Warning(fmt::format("this native histogram metric is not a gauge: {}", Quote(metric_name)),
                 position);
}

Annotation MixedSchemasWarning(std::string_view metric_name, PositionRange position) {
  return Warning(fmt::format("vector contains a mix of histograms with exponential and custom "
                             "buckets schemas for metric name {}",
                             Quote(metric_name)),
                 position);
}

Annotation IncompatibleBucketLayoutWarning(std::string_view op, PositionRange position) {
  return Warning(fmt::format("incompatible bucket layout encountered for binary operator {}", op),
                 position);
}

Annotation ResetCollisionWarning(std::string_view operation, PositionRange position) {
  return Warning(fmt::format("conflicting counter resets during histogram {}", operation),
                 position);
}

Annotation MismatchedCustomBucketsInfo(std::string_view operation, PositionRange position) {
  return Info(fmt::format("mismatched custom buckets were reconciled during {}", operation),
              position);
}

Annotation QuantileOfNansInfo(bool skewed, std::string_view metric_name, PositionRange position) {
  return Info(
      ForMetric(fmt::format("input to histogram_quantile has NaN observations, result is {}",
                            skewed ? "skewed higher" : "NaN"),
                metric_name),
      position);
}

Annotation FractionOfNansInfo(std::string_view metric_name, PositionRange position) {
  return Info(ForMetric("input to histogram_fraction has NaN observations, which are excluded "
                        "from all fractions",
                        metric_name),
              position);
}

Annotation StorageWarning(std::string text) {
  return {AnnotationLevel::kWarning, std::move(text), std::nullopt, {}};
}

void Annotations::Add(Annotation annotation) {
  auto [it, added] = annotations_.try_emplace(annotation.text, annotation);
  if (added) return;
  if (annotation.monotonicity && it->second.monotonicity) {
    Widen(&*annotation.monotonicity, *it->second.monotonicity);
  }
  annotation.occurrences += it->second.occurrences;
  it->second = std::move(annotation);
}

void Annotations::Merge(const Annotations& other) {
  for (const auto& [text, annotation] : other.annotations_) Add(annotation);
}

Annotations::Strings Annotations::AsStrings(std::string_view query, size_t max_warnings,
                                            size_t max_infos) const {
  Strings strings;
  size_t warnings_skipped = 0;
  size_t infos_skipped = 0;
  for (const auto& [key, annotation] : annotations_) {
    std::string text = annotation.ToString(query);
    if (annotation.level == AnnotationLevel::kWarning) {
      Append(&strings.warnings, max_warnings, std::move(text), &warnings_skipped);
    } else {
      Append(&strings.infos, max_infos, std::move(text), &infos_skipped);
    }
  }
  std::sort(strings.warnings.begin(), strings.warnings.end());
  std::sort(strings.infos.begin(), strings.infos.end());
  if (warnings_skipped > 0) {
    strings.warnings.push_back(
        fmt::format("{} more warning annotations omitted", warnings_skipped));
  }
  if (infos_skipped > 0) {
    strings.infos.push_back(fmt::format("{} more info annotations omitted", infos_skipped));
  }
  return strings;
}

}  // namespace silverback

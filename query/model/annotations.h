// Annotations: what a query's answer has to say beside its values, as Prometheus words it (warnings
// and infos).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/types.h"
#include "query/syntax/position_range.h"

namespace silverback {

enum class AnnotationLevel : uint8_t { kWarning, kInfo };

/// One remark. Two remarks with the same text are one; `position` is no part of its identity.
struct Annotation {
  /// What forced monotonicity of classic histogram buckets came to: merged over steps and series.
  struct Monotonicity {
    TimestampMs min_ms = 0;
    TimestampMs max_ms = 0;
    double min_bucket = 0;
    double max_bucket = 0;
    double max_difference = 0;
    uint64_t samples = 1;
  };

  AnnotationLevel level = AnnotationLevel::kWarning;
  std::string text;  // "PromQL warning: ..." without position
  std::optional<PositionRange> position;
  std::optional<Monotonicity> monotonicity;
  uint64_t occurrences = 0;  // added up when merged, told from 2 on; 0: not counted

  /// As Prometheus prints it for `query`: text, details and "(line:column)" of the position.
  std::string ToString(std::string_view query) const;
};

/// The remarks that Prometheus 3.14 knows about floats and native histograms, worded as it does.
/// `metric_name` may be empty where upstream leaves it out.
Annotation InvalidQuantileWarning(double quantile, PositionRange position);
Annotation InvalidRatioWarning(double ratio, double capped_to, PositionRange position);
Annotation BadBucketLabelWarning(std::string_view metric_name, std::string_view label_value,
                                 PositionRange position);
Annotation MixedFloatsHistogramsWarning(std::string_view metric_name, PositionRange position);
Annotation MixedFloatsHistogramsAggregationWarning(PositionRange position);
Annotation MixedClassicNativeHistogramsWarning(std::string_view metric_name,
                                               PositionRange position);
Annotation SortInRangeQueryWarning(PositionRange position);
Annotation PossibleNonCounterInfo(std::string_view metric_name, PositionRange position);
Annotation ForcedMonotonicityInfo(std::string_view metric_name, PositionRange position,
                                  const Annotation::Monotonicity& monotonicity);
/// `vector == histogram` and the like: types ("float", "histogram") that `op` does not join.
Annotation IncompatibleTypesInBinaryOperationInfo(std::string_view left_type, std::string_view op,
                                                  std::string_view right_type,
                                                  PositionRange position);
Annotation HistogramIgnoredInAggregationInfo(std::string_view aggregation, PositionRange position);
Annotation HistogramIgnoredInMixedRangeInfo(std::string_view metric_name, PositionRange position);
Annotation NotCounterHistogramWarning(std::string_view metric_name, PositionRange position);
Annotation NotGaugeHistogramWarning(std::string_view metric_name, PositionRange position);
/// Start timestamps of neighbouring samples that overlap, in so many windows.
Annotation StartOverlapWarning(std::string_view metric_name, PositionRange position,
                               uint64_t occurrences);
/// Exponential and custom buckets do not go together.
Annotation MixedSchemasWarning(std::string_view metric_name, PositionRange position);
Annotation IncompatibleBucketLayoutWarning(std::string_view op, PositionRange position);
/// `operation`: "addition", "subtraction" or "aggregation".
Annotation ResetCollisionWarning(std::string_view operation, PositionRange position);
Annotation MismatchedCustomBucketsInfo(std::string_view operation, PositionRange position);
/// histogram_quantile() of a histogram with NaN observations: the result is NaN, or `skewed`.
Annotation QuantileOfNansInfo(bool skewed, std::string_view metric_name, PositionRange position);
Annotation FractionOfNansInfo(std::string_view metric_name, PositionRange position);
/// A warning of the storage: no position, `text` as it is.
Annotation StorageWarning(std::string text);

/// A set of annotations. One thread at a time: give each worker its own and merge them.
class Annotations {
 public:
  /// Adds one; of two with the same text the later one stays (its position is shown), as upstream
  /// does it.
  void Add(Annotation annotation);
  /// Adds all of `other`, which counts as later.
  void Merge(const Annotations& other);
  bool empty() const { return annotations_.empty(); }
  size_t size() const { return annotations_.size(); }

  struct Strings {
    std::vector<std::string> warnings;
    std::vector<std::string> infos;
  };
  /// The texts with positions in `query`, sorted. At most `max_warnings` and `max_infos` (0: all)
  /// and then a line that says how many were left out.
  Strings AsStrings(std::string_view query, size_t max_warnings = 0, size_t max_infos = 0) const;

 private:
  std::map<std::string, Annotation, std::less<>> annotations_;  // by text
};

}  // namespace silverback

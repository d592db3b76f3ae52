#include "query/functions/mixed_range_kernel.h"

namespace silverback {
namespace {

/// The annotation that a remark stands for.
Annotation AnnotationOf(RangeRemark remark, std::string_view metric_name, PositionRange position) {
  switch (remark) {
    case RangeRemark::kMixedTypes:
      return MixedFloatsHistogramsWarning(metric_name, position);
    case RangeRemark::kIgnoredHistograms:
      return HistogramIgnoredInMixedRangeInfo(metric_name, position);
    case RangeRemark::kNotCounter:
      return NotCounterHistogramWarning(metric_name, position);
    case RangeRemark::kNotGauge:
      return NotGaugeHistogramWarning(metric_name, position);
    case RangeRemark::kMixedSchemas:
      return MixedSchemasWarning(metric_name, position);
    case RangeRemark::kReconciledAddition:
      return MismatchedCustomBucketsInfo("addition", position);
    case RangeRemark::kReconciledSubtraction:
      return MismatchedCustomBucketsInfo("subtraction", position);
    case RangeRemark::kReconciledAggregation:
      return MismatchedCustomBucketsInfo("aggregation", position);
    case RangeRemark::kResetCollision:
    case RangeRemark::kStartOverlap:  // is not annotated here
      break;
  }
  return ResetCollisionWarning("aggregation", position);
}

}  // namespace

void RangeRemarks::Annotate(std::string_view metric_name, PositionRange position,
                            Annotations* annotations) const {
  for (int i = 0; !empty() && i <= static_cast<int>(RangeRemark::kResetCollision); ++i) {
    const auto remark = static_cast<RangeRemark>(i);
    if (Has(remark)) annotations->Add(AnnotationOf(remark, metric_name, position));
  }
}

}  // namespace silverback

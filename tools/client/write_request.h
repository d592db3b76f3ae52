// Making remote_write 1.0 requests: what a sender does.
#pragma once

#include <span>
#include <string>

#include "engine/base/types.h"
#include "engine/labels/label_set.h"

namespace silverback {

/// Collects series and encodes them as a snappy-compressed `prometheus.WriteRequest`
/// (remote_write 1.0).
class WriteRequestBuilder {
 public:
  /// The `TimeSeries.labels` fields of a label set: encode once, use with every request.
  static std::string EncodeLabels(const LabelSet& labels);

  /// Adds one series by its encoded labels.
  void Add(const std::string& encoded_labels, std::span<const Sample> samples);

  /// Adds one series by the fields of its `TimeSeries`, labels first, of so many samples or histograms.
  void AddFields(const std::string& fields, size_t samples);

  size_t series() const { return series_; }
  size_t samples() const { return samples_; }

  /// The request body; the builder is empty afterwards and keeps its memory.
  std::string Finish();

 private:
  std::string message_;
  std::string scratch_;
  size_t series_ = 0;
  size_t samples_ = 0;
};

}  // namespace silverback

// prometheus.WriteRequest, the message of remote_write 1.0, walked on the wire.
//
//     WriteRequest { repeated TimeSeries timeseries = 1; repeated MetricMetadata metadata = 3; }
//     TimeSeries   { repeated Label labels = 1; repeated Sample samples = 2; repeated Exemplar exemplars = 3;
//                    repeated Histogram histograms = 4; }
//     Label        { string name = 1; string value = 2; }
//     Sample       { double value = 1; int64 timestamp = 2; }
//     Histogram    see histogram_message.h
//     Exemplar     { repeated Label labels = 1; double value = 2; int64 timestamp = 3; }
//     MetricMetadata { MetricType type = 1; string metric_family_name = 2; string help = 4; string unit = 5; }
//
// Strings are not copied: everything borrows from the message.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/histogram/native_histogram.h"
#include "engine/labels/label_set.h"

namespace silverback::wire {

/// What one request may hold; 0 is no limit.
struct WriteRequestLimits {
  size_t max_series = 0;
  size_t max_samples = 0;  // exemplars and histograms count as samples
};

struct WireExemplar {
  std::string_view labels;  // as `WireSeries::labels`
  double value = 0;
  TimestampMs timestamp_ms = 0;
};

/// One TimeSeries. Indexes are into the request's arrays.
struct WireSeries {
  /// The label fields as they stand in the message, tags included: a key for the label set, and what `DecodeLabels`
  /// takes.
  std::string_view labels;
  uint32_t first_sample = 0;
  uint32_t samples = 0;
  uint32_t first_exemplar = 0;
  uint32_t exemplars = 0;
  uint32_t first_histogram = 0;
  uint32_t histograms = 0;
};

struct WireMetadata {
  uint32_t type = 0;
  std::string_view family;
  std::string_view help;
  std::string_view unit;
};

struct WriteRequest {
  std::vector<WireSeries> series;
  std::vector<Sample> samples;
  /// Their start timestamps: empty if no sample has one (none of 1.0 has), else as many as samples.
  std::vector<TimestampMs> starts;
  std::vector<WireExemplar> exemplars;
  std::vector<WireMetadata> metadata;
  /// As they came: not validated.
  std::vector<HistogramSample> histograms;

  SampleSpan SamplesOf(const WireSeries& of) const {
    return SampleSpan(samples, starts).subspan(of.first_sample, of.samples);
  }
  std::span<const WireExemplar> ExemplarsOf(const WireSeries& of) const {
    return std::span(exemplars).subspan(of.first_exemplar, of.exemplars);
  }

  std::span<const HistogramSample> HistogramsOf(const WireSeries& of) const {
    return std::span(histograms).subspan(of.first_histogram, of.histograms);
  }

  /// Label fields of series whose labels do not stand next to each other, put together.
  std::deque<std::string> joined_labels;

  /// Forgets everything; the arrays keep their memory.
  void Clear();
  /// What the arrays hold, used or not.
  size_t memory_bytes() const;
};

/// Reads a whole message, which must outlive the result. InvalidArgument when it is malformed (with the place in bytes);
/// ResourceExhausted as soon as it holds more than `limits` allow, so that memory stays within them. Unknown fields are
/// skipped.
StatusOr<WriteRequest> DecodeWriteRequest(std::string_view message,
                                          const WriteRequestLimits& limits);
/// The same into `*request`, whose memory is used again; what it held is forgotten. After an error it holds a part.
Status DecodeWriteRequest(std::string_view message, const WriteRequestLimits& limits,
                          WriteRequest* request);

/// Reads label fields into `*labels` (cleared first), in the order of the message. They borrow from `fields`.
/// InvalidArgument when they are malformed, which `DecodeWriteRequest` has not checked.
Status DecodeLabels(std::string_view fields, std::vector<Label>* labels);

/// The type of a metric family as the API prints it: "counter", "gauge", ...; "unknown" for numbers that are not known.
std::string_view MetricTypeName(uint32_t type);

}  // namespace silverback::wire

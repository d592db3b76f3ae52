// prometheus.WriteRequest messages, put together field by field, so that broken ones can be made too.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/types.h"
#include "engine/histogram/native_histogram.h"

namespace silverback::testing {

using LabelPairs = std::vector<std::pair<std::string, std::string>>;

/// A field of wire type 2: tag, length, bytes.
std::string BytesField(int tag, std::string_view bytes);
std::string VarintField(int tag, uint64_t value);
std::string DoubleField(int tag, double value);

/// The label fields of a TimeSeries (or an Exemplar), in the order given.
std::string LabelFields(const LabelPairs& labels);
std::string SampleField(TimestampMs timestamp_ms, double value, TimestampMs start_ms = kNoStart);
std::string ExemplarField(const LabelPairs& labels, TimestampMs timestamp_ms, double value);

/// A TimeSeries as a field of the WriteRequest.
std::string SeriesField(const LabelPairs& labels, const std::vector<Sample>& samples);
std::string MetadataField(uint32_t type, std::string_view family, std::string_view help,
                          std::string_view unit);

/// The message Histogram, of 1.0 and of 2.0.
std::string HistogramMessage(const HistogramSample& sample);
/// A valid integer histogram: `count` observations of 1 in one bucket.
NativeHistogram SmallHistogram(uint64_t count);

/// Puts an io.prometheus.write.v2.Request together.
class V2Message {
 public:
  uint32_t Symbol(const std::string& text);
  /// labels_refs, packed.
  std::string Refs(const LabelPairs& labels);
  /// A TimeSeries of these fields.
  void Add(const std::string& fields) { series_ += BytesField(5, fields); }
  void AddSamples(const LabelPairs& labels, const std::vector<Sample>& samples);
  std::string Metadata(uint32_t type, const std::string& help, const std::string& unit);
  /// Symbols first, unless told otherwise.
  std::string Encode(bool symbols_last = false) const;

 private:
  std::vector<std::string> symbols_ = {""};
  std::string series_;
};

std::string Snappy(std::string_view bytes);
/// A snappy block's header alone: claims `length` bytes and holds none.
std::string SnappyClaim(uint64_t length);

}  // namespace silverback::testing
